/**
 * The live set of upstreams of a pool: who is eligible, who has how many requests, and the right to send one.
 *
 * <p>Request threads read one immutable snapshot without a lock: tiers of groups, each with a picker. Whatever changes the
 * set or the weights (a probe, an ejection, a successful trial, a report, an operator) does so under the pool's lock and
 * publishes a new snapshot. Only strategies are called under that lock, for pickers. Requests make the snapshots that time
 * alone makes due, since the package has no threads and no clock of its own.
 */
package io.jettylb.pool;
