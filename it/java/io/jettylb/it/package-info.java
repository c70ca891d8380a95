/**
 * Black-box tests: the module zip is installed into a jetty base as its user would do it, Jetty runs as its own process,
 * and all that is looked at is HTTP, the output, and the exit code.
 *
 * <p>Each class runs on the oldest and the newest Jetty that are supported.
 */
package io.jettylb.it;
