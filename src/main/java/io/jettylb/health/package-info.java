/**
 * Who may get requests: pure state transitions, without clocks, threads or side effects.
 *
 * <p>Every method takes the time as an argument and answers with a new value; the pool holds the values and acts on
 * them. That makes each rule a table that a test can walk through.
 */
package io.jettylb.health;
