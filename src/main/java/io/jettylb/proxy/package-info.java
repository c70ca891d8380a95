/**
 * The one data path: an exchange with its attempts, header policy, retry, and the {@link io.jettylb.proxy.LoadBalancer}
 * bean that owns the pools.
 *
 * <p>It is written against Jetty's core API. A front ({@code servlet}, {@code handler}) hands a request in as a
 * {@link io.jettylb.proxy.Downstream} and decides nothing. How an attempt travels is hidden behind
 * {@link io.jettylb.proxy.Transport}. Listeners never block.
 */
package io.jettylb.proxy;
