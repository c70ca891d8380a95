/**
 * A discrete-event simulator in virtual time: what a pool's strategy would make of slow, failing, cold or vanishing
 * upstreams.
 *
 * <p>The pools, strategies, leases and health states are the real ones; only the clients, the network, the upstreams and
 * the time are made up. Everything random comes from one seed, and each kind of chance (arrivals, sizes, keys) from a
 * generator of its own, so that all strategies are tried with exactly the same requests. Single-threaded: an experiment
 * belongs to the thread that runs it.
 */
package io.jettylb.sim;
