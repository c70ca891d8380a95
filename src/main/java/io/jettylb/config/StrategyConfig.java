package io.jettylb.config;

import java.util.Map;

/**
 * The choice of a strategy.
 *
 * @param name a built-in or installed strategy's name, or the class name of a provider
 * @param options what else stands in the strategy's block, as plain Java values; empty for the short form
 */
public record StrategyConfig(String name, Map<String, Object> options) {}
