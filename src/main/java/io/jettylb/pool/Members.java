package io.jettylb.pool;

import io.jettylb.balance.Observer;
import io.jettylb.balance.Strategy;
import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import io.jettylb.health.AdminState;
import io.jettylb.health.ProbeState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The upstreams of a pool, and how a snapshot is made of them: who is in which tier and group, with which weight. All but
 * {@link #all}, {@link #everybody} and {@link #get} is for whoever holds the pool's lock.
 */
final class Members {

    /** When a strategy that has failed is asked again, in nanoseconds. */
    private static final long RETRY = Duration.ofSeconds(1).toNanos();

    private volatile Layout layout;
    private int open;

    Members(PoolConfig config, Strategy strategy) {
        ProbeState initial = initial(config);
        List<UpstreamNode> nodes = config.upstreams().stream()
                .map(upstream -> new UpstreamNode(upstream, initial, strategy))
                .toList();
        this.layout = Layout.of(config, strategy, nodes, List.of());
        this.open = (int)
                nodes.stream().filter(node -> node.standing() == Standing.OPEN).count();
    }

    private static ProbeState initial(PoolConfig config) {
        return config.probe() == null ? ProbeState.UP : ProbeState.initial(config.probe());
    }

    /**
     * How the upstreams of two configurations differ.
     *
     * @param joined how many are new
     * @param removed those that are no more
     * @param stayed those that are known
     * @param changed of how many something else is said
     */
    record Change(int joined, List<UpstreamNode> removed, List<UpstreamNode> stayed, int changed) {}

    /** An upstream of the next configuration, known or new. */
    private record Next(UpstreamConfig config, UpstreamNode node, boolean known, Observer observer) {}

    /**
     * Takes another configuration. Who is in both stays the same with all that is known of it; so does an upstream that
     * comes back before the deadline of its drain.
     *
     * @throws IllegalStateException if the strategy fails; then nothing has changed
     */
    Change change(PoolConfig config, Strategy strategy, long now) {
        Layout before = layout;
        ProbeState initial = initial(config);
        List<Next> members = new ArrayList<>();
        for (UpstreamConfig upstream : config.upstreams()) {
            UpstreamNode node = before.byId().get(upstream.id());
            boolean known = node != null && node.is(upstream) && !node.removal().overAt(now);
            UpstreamNode member = known ? node : new UpstreamNode(upstream, initial, strategy);
            boolean learns = known && strategy != before.strategy();
            members.add(new Next(upstream, member, known, learns ? strategy.observerOf(member) : member.observer()));
        }
        List<UpstreamNode> nodes = members.stream().map(Next::node).toList();
        tryOut(Layout.of(config, strategy, nodes, List.of()), members);
        Set<UpstreamNode> kept = new HashSet<>(nodes);
        List<UpstreamNode> removed = without(before.nodes(), kept);
        List<UpstreamNode> leaving = new ArrayList<>(without(before.leaving(), kept));
        leaving.addAll(removed);
        int joined = 0;
        int changed = 0;
        for (Next member : members) {
            UpstreamNode node = member.node();
            joined += member.known() && node.removal().ready() ? 0 : 1;
            changed += node.config().equals(member.config()) ? 0 : 1;
            if (member.known()) {
                node.staysLocked(member.config(), member.observer());
            } else {
                node.joinsLocked(now);
            }
        }
        layout = Layout.of(config, strategy, nodes, List.copyOf(leaving));
        open = (int) everybody().stream()
                .filter(node -> node.standing() == Standing.OPEN)
                .count();
        List<UpstreamNode> stayed =
                members.stream().filter(Next::known).map(Next::node).toList();
        return new Change(joined, removed, stayed, changed);
    }

    /** Has the strategy pick among those who will be there, and among those who can get requests now. */
    private static void tryOut(Layout next, List<Next> members) {
        Map<Integer, List<Next>> tiers = members.stream()
                .collect(Collectors.groupingBy(member -> member.config().tier()));
        for (List<Next> tier : tiers.values()) {
            List<UpstreamNode> all = tier.stream().map(Next::node).toList();
            List<UpstreamNode> open = all.stream()
                    .filter(node -> node.standing() == Standing.OPEN)
                    .toList();
            next.picker(all);
            if (!open.isEmpty() && open.size() < all.size()) {
                next.picker(open);
            }
        }
    }

    private static List<UpstreamNode> without(List<UpstreamNode> nodes, Set<UpstreamNode> others) {
        return nodes.stream().filter(node -> !others.contains(node)).toList();
    }

    /** A removed upstream has no requests any more. */
    void forget(UpstreamNode gone) {
        layout = layout.without(gone);
    }

    /** Begins an attempt at one that has asked for no requests: better than to refuse a request that nobody else takes. */
    UpstreamNode takeDeclining(Selection selection) {
        for (UpstreamNode node : layout.nodes()) {
            if (node.declines() && !selection.tried(node) && node.begin()) {
                return node;
            }
        }
        return null;
    }

    List<UpstreamNode> all() {
        return layout.nodes();
    }

    /** With those that were removed and still have requests, or clients that are bound to them. */
    List<UpstreamNode> everybody() {
        return layout.everybody();
    }

    /** How many attempts are under way. */
    int inFlight() {
        int sum = 0;
        for (UpstreamNode node : layout.everybody()) {
            sum += node.inFlight();
        }
        return sum;
    }

    /** An upstream by its id, also one that was removed and is leaving; null if there is none. */
    UpstreamNode get(String id) {
        return layout.byId().get(id);
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
        LoadReportConfig reports = layout.reports();
        SlowStart slowStart = layout.slowStart();
        boolean reported = false;
        Deadline deadline = new Deadline(now);
        Map<Integer, List<UpstreamNode>> open = new TreeMap<>();
        List<UpstreamNode> ejected = new ArrayList<>();
        for (UpstreamNode node : everybody()) {
            reported |= reports != null && node.expireLocked(reports, now);
            settle(node, now);
        }
        Headcount headcount = headcount();
        for (UpstreamNode node : everybody()) {
            deadline.of(node.admin());
            deadline.of(node.removal());
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
            tiers[rank++] = tier(members, layout.sizes().get(entry.getKey()), before, headcount.ignoresHealth());
        }
        ejected.sort(Comparator.comparingInt(node -> node.config().tier()));
        int inUse = best;
        int trials = (int)
                ejected.stream().filter(node -> node.config().tier() <= inUse).count();
        long period = !ramping || reported && Reported.PERIOD < slowStart.step() ? Reported.PERIOD : slowStart.step();
        if (ramping || reported) {
            deadline.in(period);
        }
        IllegalStateException failure = failure(tiers);
        if (failure != null) {
            // Not every request is to ask the strategy again, but it may recover.
            deadline.in(RETRY);
        }
        return new Snapshot(
                headcount,
                tiers,
                failure,
                ejected.toArray(UpstreamNode[]::new),
                trials,
                false,
                deadline.exists,
                now + deadline.wait);
    }

    private static IllegalStateException failure(Tier[] tiers) {
        for (Tier tier : tiers) {
            for (Group group : tier.groups()) {
                if (group.failure() != null) {
                    return group.failure();
                }
            }
        }
        return null;
    }

    private Headcount headcount() {
        int all = 0;
        for (UpstreamNode node : layout.nodes()) {
            all += node.isHopeful() ? 1 : 0;
        }
        return new Headcount(open, all, layout.outliers().panics(open, all) ? layout.panic() : null);
    }

    private static boolean takesPart(UpstreamNode node, Headcount headcount) {
        return !headcount.fails()
                && (node.standing() == Standing.OPEN || headcount.ignoresHealth() && node.isHopeful());
    }

    /** When the next snapshot is due, if it is. */
    private static final class Deadline {
        private final long now;
        private boolean exists;
        private long wait = Long.MAX_VALUE;

        Deadline(long now) {
            this.now = now;
        }

        void of(AdminState state) {
            if (state.mode() == AdminState.Mode.DRAIN && !state.overAt(now)) {
                in(state.untilNanos() - now);
            }
        }

        void in(long nanos) {
            exists = true;
            wait = Math.min(wait, nanos);
        }
    }

    private void weigh(List<UpstreamNode> members, long now) {
        LoadReportConfig reports = layout.reports();
        SlowStart slowStart = layout.slowStart();
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

    private Tier tier(List<UpstreamNode> members, Layout.Size size, Snapshot before, boolean panic) {
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
        return new Tier(
                groups,
                ZoneSplit.cumulative(capacities, size.zones(), layout.zone().share()));
    }

    /** By zone, the own one first; nothing if zones do not matter. */
    private List<List<UpstreamNode>> zones(List<UpstreamNode> members, Layout.Size size) {
        ZoneConfig zone = layout.zone();
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
                if (known.isOf(group, weights, panic)) {
                    return known;
                }
            }
        }
        try {
            return new Group(group, weights, layout.picker(members), panic, null);
        } catch (IllegalStateException failure) {
            return Group.inTurn(group, weights, panic, failure);
        }
    }
}
