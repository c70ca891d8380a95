/**
 * Which pool a request belongs to, and how its target is rewritten. Pure functions over strings: no Jetty, no state.
 */
package io.jettylb.route;
