/**
 * The live set of upstreams of a pool: who is eligible, who has how many requests, and the right to send one.
 *
 * <p>Request threads read one immutable snapshot without a lock. Whatever changes the set (a probe, an ejection, a
 * successful trial) does so under the pool's lock and publishes a new snapshot. Nothing is called out under that lock. The package
 * has no threads and no clock of its own.
 */
package io.jettylb.pool;
