/**
 * What the operator wrote, as immutable records.
 *
 * <p>This is the only package that knows HOCON. A file is read and validated whole: the answer is either an
 * {@link io.jettylb.config.LbConfig} that the rest of the code may trust without further checks, or one
 * {@link io.jettylb.config.ConfigException} that carries every problem found, each with its line.
 */
package io.jettylb.config;
