package io.jettylb.pool;

import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.PanicConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import io.jettylb.health.OutlierRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What the configuration says of the upstreams of a pool; replaced as a whole.
 *
 * @param strategyName the name of the strategy that picks among them
 * @param strategy that strategy, which may come from elsewhere, and fail
 * @param slowStart how the share of one grows that comes back
 * @param zone whether those nearby come first
 * @param reports what they may say about themselves; null: nothing
 * @param outliers when so few are left that the pool panics
 * @param panic what happens then
 * @param nodes the members
 * @param leaving those that were members
 * @param byId members, and of the others those whose id is free
 * @param sizes how many members and zones each tier has, whatever their state
 */
record Layout(
        String strategyName,
        Strategy strategy,
        SlowStart slowStart,
        ZoneConfig zone,
        LoadReportConfig reports,
        OutlierRules outliers,
        PanicConfig.Mode panic,
        List<UpstreamNode> nodes,
        List<UpstreamNode> leaving,
        Map<String, UpstreamNode> byId,
        Map<Integer, Size> sizes) {

    /**
     * Has the strategy make a picker.
     *
     * @throws IllegalStateException if it fails
     */
    Picker picker(List<UpstreamNode> candidates) {
        try {
            return Objects.requireNonNull(strategy.pickerFor(List.copyOf(candidates)), "no picker");
        } catch (RuntimeException | Error failure) {
            String size = candidates.size() + (candidates.size() == 1 ? " upstream" : " upstreams");
            throw new IllegalStateException(
                    "strategy " + strategyName + " cannot pick among " + size + ": " + failure, failure);
        }
    }

    /** A tier with all its members. */
    record Size(int upstreams, int zones) {}

    static Layout of(PoolConfig config, Strategy strategy, List<UpstreamNode> nodes, List<UpstreamNode> leaving) {
        return new Layout(
                config.strategy().name(),
                strategy,
                new SlowStart(config.shares().slowStart()),
                config.shares().zone(),
                config.shares().loadReport(),
                new OutlierRules(config.outlier()),
                config.outlier().panic().mode(),
                nodes,
                leaving,
                byId(nodes, leaving),
                config.upstreams().stream()
                        .collect(Collectors.groupingBy(
                                UpstreamConfig::tier,
                                Collectors.collectingAndThen(Collectors.toList(), Layout::size))));
    }

    private static Size size(List<UpstreamConfig> upstreams) {
        int zones =
                (int) upstreams.stream().map(UpstreamConfig::zone).distinct().count();
        return new Size(upstreams.size(), zones);
    }

    private static Map<String, UpstreamNode> byId(List<UpstreamNode> nodes, List<UpstreamNode> leaving) {
        Map<String, UpstreamNode> byId = new HashMap<>();
        nodes.forEach(node -> byId.put(node.id(), node));
        // The latest one first: of several with one id, clients were bound to that.
        for (int i = leaving.size() - 1; i >= 0; i--) {
            byId.putIfAbsent(leaving.get(i).id(), leaving.get(i));
        }
        return Map.copyOf(byId);
    }

    /** With those that are leaving. */
    List<UpstreamNode> everybody() {
        if (leaving.isEmpty()) {
            return nodes;
        }
        List<UpstreamNode> all = new ArrayList<>(nodes);
        all.addAll(leaving);
        return all;
    }

    Layout without(UpstreamNode gone) {
        List<UpstreamNode> left = leaving.stream().filter(node -> node != gone).toList();
        return new Layout(
                strategyName,
                strategy,
                slowStart,
                zone,
                reports,
                outliers,
                panic,
                nodes,
                left,
                byId(nodes, left),
                sizes);
    }
}
