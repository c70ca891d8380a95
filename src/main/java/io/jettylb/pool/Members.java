package io.jettylb.pool;

import io.jettylb.balance.Strategy;
import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.PanicConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import io.jettylb.health.OutlierRules;
import io.jettylb.health.ProbeState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The upstreams of a pool, and how a snapshot is made of them: who is in which tier and group, with which weight. All but
 * {@link #all} and {@link #get} is for whoever holds the pool's lock.
 */
final class Members {

    private final Strategy strategy;
    private final SlowStart slowStart;
    private final ZoneConfig zone;
    private final LoadReportConfig reports;
    private final OutlierRules rules;
    private final PanicConfig.Mode panicMode;
    private final List<UpstreamNode> nodes;
    private final Map<String, UpstreamNode> byId;
    /** How many upstreams and zones each tier has, whatever their state. */
    private final Map<Integer, Size> sizes;

    private int open;

    private record Size(int upstreams, int zones) {}

    Members(PoolConfig config, Strategy strategy) {
        this.strategy = strategy;
        this.slowStart = new SlowStart(config.shares().slowStart());
        this.zone = config.shares().zone();
        this.reports = config.shares().loadReport();
        this.rules = new OutlierRules(config.outlier());
        this.panicMode = config.outlier().panic().mode();
        ProbeState initial = config.probe() == null ? ProbeState.UP : ProbeState.initial(config.probe());
        this.nodes = config.upstreams().stream()
                .map(upstream -> new UpstreamNode(upstream, initial, strategy))
                .toList();
        this.byId = nodes.stream().collect(Collectors.toUnmodifiableMap(UpstreamNode::id, Function.identity()));
        this.sizes = config.upstreams().stream()
                .collect(Collectors.groupingBy(
                        UpstreamConfig::tier, Collectors.collectingAndThen(Collectors.toList(), Members::size)));
        this.open = (int)
                nodes.stream().filter(node -> node.standing() == Standing.OPEN).count();
    }

    private static Size size(List<UpstreamConfig> upstreams) {
        int zones =
                (int) upstreams.stream().map(UpstreamConfig::zone).distinct().count();
        return new Size(upstreams.size(), zones);
    }

    /** Begins an attempt at one that has asked for no requests: better than to refuse a request that nobody else takes. */
    UpstreamNode takeDeclining(Selection selection) {
        for (UpstreamNode node : nodes) {
            if (node.declines() && !selection.tried(node) && node.begin()) {
                return node;
            }
        }
        return null;
    }

    List<UpstreamNode> all() {
        return nodes;
    }

    /** An upstream by its id; null if there is none. */
    UpstreamNode get(String id) {
        return byId.get(id);
    }

    /** How many upstreams may get any request. */
    int open() {
        return open;
    }

    /**
     * Judges an upstream anew after a fact has changed.
     *
     * @return whether that makes a difference to requests
     */
    boolean settle(UpstreamNode node, long now) {
        Standing before = node.standing();
        node.settleLocked(now);
        if (before == node.standing()) {
            return false;
        }
        open += (node.standing() == Standing.OPEN ? 1 : 0) - (before == Standing.OPEN ? 1 : 0);
        return true;
    }

    /**
     * Makes a snapshot.
     *
     * @param before the latest one, of which pickers are kept where nothing has changed for them
     * @param now the pool's clock
     */
    Snapshot snapshot(Snapshot before, long now) {
        boolean reported = false;
        Map<Integer, List<UpstreamNode>> open = new TreeMap<>();
        List<UpstreamNode> ejected = new ArrayList<>();
        for (UpstreamNode node : nodes) {
            reported |= reports != null && node.expireLocked(reports, now);
            settle(node, now);
        }
        Headcount headcount = headcount();
        for (UpstreamNode node : nodes) {
            if (takesPart(node, headcount)) {
                open.computeIfAbsent(node.config().tier(), tier -> new ArrayList<>())
                        .add(node);
            }
            if (node.standing() == Standing.EJECTED && node.wanted()) {
                ejected.add(node);
            }
        }
        boolean ramping = false;
        Tier[] tiers = new Tier[open.size()];
        int rank = 0;
        int best = Integer.MAX_VALUE;
        for (Map.Entry<Integer, List<UpstreamNode>> entry : open.entrySet()) {
            best = Math.min(best, entry.getKey());
            List<UpstreamNode> members = entry.getValue();
            weigh(members, now);
            ramping |= !slowStart.off() && members.stream().anyMatch(UpstreamNode::rampingLocked);
            tiers[rank++] = tier(members, sizes.get(entry.getKey()), before, headcount.ignoresHealth());
        }
        ejected.sort(Comparator.comparingInt(node -> node.config().tier()));
        int inUse = best;
        int trials = (int)
                ejected.stream().filter(node -> node.config().tier() <= inUse).count();
        long period = !ramping || reported && Reported.PERIOD < slowStart.step() ? Reported.PERIOD : slowStart.step();
        return new Snapshot(
                headcount,
                tiers,
                ejected.toArray(UpstreamNode[]::new),
                trials,
                false,
                ramping || reported,
                now + period);
    }

    private Headcount headcount() {
        int all = 0;
        for (UpstreamNode node : nodes) {
            all += node.isHopeful() ? 1 : 0;
        }
        return new Headcount(open, all, rules.panics(open, all) ? panicMode : null);
    }

    private static boolean takesPart(UpstreamNode node, Headcount headcount) {
        return !headcount.fails()
                && (node.standing() == Standing.OPEN || headcount.ignoresHealth() && node.isHopeful());
    }

    private void weigh(List<UpstreamNode> members, long now) {
        int size = members.size();
        int[] weights = new int[size];
        double[] factors = new double[size];
        double[] capacities = new double[size];
        for (int i = 0; i < size; i++) {
            UpstreamNode node = members.get(i);
            weights[i] = node.setWeight();
            factors[i] = node.askedShare() * (slowStart.off() ? 1 : node.rampFactorLocked(slowStart, now));
            capacities[i] = reports == null ? Double.NaN : node.reported().settledCapacity(reports, now);
        }
        int[] effective = EffectiveWeights.of(weights, factors, capacities);
        for (int i = 0; i < size; i++) {
            members.get(i).weightLocked(effective[i]);
        }
    }

    private Tier tier(List<UpstreamNode> members, Size size, Snapshot before, boolean panic) {
        List<List<UpstreamNode>> zones = zones(members, size);
        if (zones.size() < 2) {
            return new Tier(new Group[] {group(members, before, panic)}, null);
        }
        Group[] groups = new Group[zones.size()];
        long[] capacities = new long[zones.size()];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = group(zones.get(i), before, panic);
            capacities[i] = Arrays.stream(groups[i].weights()).asLongStream().sum();
        }
        return new Tier(groups, ZoneSplit.cumulative(capacities, size.zones(), zone.share()));
    }

    /** By zone, the own one first; nothing if zones do not matter. */
    private List<List<UpstreamNode>> zones(List<UpstreamNode> members, Size size) {
        if (zone.own().isEmpty() || size.zones() < 2 || size.upstreams() < zone.minUpstreams()) {
            return List.of();
        }
        Map<String, List<UpstreamNode>> byZone = members.stream()
                .collect(Collectors.groupingBy(node -> node.config().zone(), TreeMap::new, Collectors.toList()));
        List<UpstreamNode> own = byZone.remove(zone.own());
        if (own == null) {
            return List.of();
        }
        List<List<UpstreamNode>> zones = new ArrayList<>(byZone.values());
        zones.add(0, own);
        return zones;
    }

    private Group group(List<UpstreamNode> members, Snapshot before, boolean panic) {
        UpstreamNode[] group = members.toArray(UpstreamNode[]::new);
        int[] weights = members.stream().mapToInt(UpstreamNode::weight).toArray();
        for (Tier tier : before.tiers()) {
            for (Group known : tier.groups()) {
                if (known.panic() == panic
                        && Arrays.equals(known.weights(), weights)
                        && Arrays.equals(known.nodes(), group)) {
                    return known;
                }
            }
        }
        return new Group(group, weights, strategy.pickerFor(List.copyOf(members)), panic);
    }
}
