/**
 * Who gets the next request: the strategy SPI and the built-in strategies.
 *
 * <p>A {@link io.jettylb.balance.StrategyProvider} makes one {@link io.jettylb.balance.Strategy} for each pool. Whenever
 * the eligible upstreams of the pool change, the strategy is asked for a new {@link io.jettylb.balance.Picker} over the
 * new list; the picker is immutable but for its own counters, is used by all request threads at once, and answers with
 * an index into that list. Filtering (health, ejection, drain, upstreams already tried) is the pool's business and done
 * before: a strategy sees only candidates that may be picked.
 */
package io.jettylb.balance;
