/**
 * The commands of {@code java -jar jetty-lb-V.jar}.
 *
 * <p>They run from the jar with nothing beside it but the HOCON library: neither Jetty nor slf4j is on the class path,
 * and nothing is started. Output goes to the streams that {@link io.jettylb.cli.Main} is given, and every command
 * answers the exit code of the process.
 */
package io.jettylb.cli;
