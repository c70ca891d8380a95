package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.health.AdminState;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any sequence of changes, probes and requests: no lease is lost, and nobody gets what it is not to get. */
class RandomChangesTest {

    private static final String ALL = "abcdefgh";
    private static final int STEPS = 3_000;

    private final List<Lease> held = new ArrayList<>();
    private ChangingPool pool;
    private SplittableRandom random;
    private String ids = "abcd";
    private final Map<String, AdminState.Mode> wanted = new HashMap<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepTheBooks(long seed) {
        random = new SplittableRandom(seed);
        boolean sticky = seed % 2 == 0;
        boolean probed = seed % 4 < 2;
        pool = new ChangingPool(ChangingPool.config(ids, sticky).with(probed ? Configs.PROBE : null));
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(9)) {
                case 0 -> reconfigure();
                case 1 -> admin();
                case 2 -> {
                    if (probed) {
                        probe();
                    }
                }
                case 3 -> pool.pass(Duration.ofMillis(random.nextInt(5_000)));
                case 4, 5 -> complete();
                default -> acquire(sticky);
            }
            if (random.nextInt(10) == 0) {
                pool.pool.drains().settle();
            }
            check();
        }
        while (!held.isEmpty()) {
            complete();
        }
        pool.pass(ChangingPool.DEADLINE);
        pool.pool.drains().settle();
        check();
        assertThat(pool.ids()).hasSize(ids.length());
    }

    private String any() {
        return ids.substring(random.nextInt(ids.length())).substring(0, 1);
    }

    private void reconfigure() {
        StringBuilder next = new StringBuilder();
        for (char id : ALL.toCharArray()) {
            if (random.nextBoolean()) {
                next.append(id);
            }
        }
        ids = next.isEmpty() ? "a" : next.toString();
        Set<String> before = new HashSet<>(pool.ids());
        pool.become(pool.config.with(ids.chars()
                .mapToObj(id -> ChangingPool.upstream((char) id, 1 + random.nextInt(3)))
                .toList()));
        // Who was not even leaving any more begins anew.
        wanted.keySet().removeIf(id -> !before.contains(id) || !pool.ids().contains(id));
        pool.pool.status().forEach(s -> {
            if (!s.service().removed() && s.service().mode() == AdminState.Mode.READY) {
                wanted.remove(s.id());
            }
        });
    }

    private void admin() {
        String id = any();
        AdminState.Mode mode = AdminState.Mode.values()[random.nextInt(3)];
        switch (mode) {
            case READY -> pool.pool.drains().ready(id);
            case DRAIN -> pool.pool.drains().drain(id);
            case MAINTENANCE -> pool.pool.drains().maintenance(id);
        }
        wanted.put(id, mode);
    }

    private void probe() {
        pool.probe(any(), random.nextInt(4) == 0 ? ProbeResult.failed("x") : ProbeResult.PASSED);
    }

    private void acquire(boolean sticky) {
        boolean bound = sticky && random.nextBoolean();
        String id = String.valueOf(ALL.charAt(random.nextInt(ALL.length())));
        Lease lease = bound ? pool.acquireBound(id) : pool.acquire();
        if (lease == null) {
            return;
        }
        held.add(lease);
        String got = lease.upstream().id();
        AdminState.Mode mode = wanted.getOrDefault(got, AdminState.Mode.READY);
        if (bound && got.equals(id)) {
            assertThat(mode).isNotEqualTo(AdminState.Mode.MAINTENANCE);
        } else {
            assertThat(ids).contains(got);
            assertThat(mode).isEqualTo(AdminState.Mode.READY);
        }
    }

    private void complete() {
        if (!held.isEmpty()) {
            Lease lease = held.remove(random.nextInt(held.size()));
            Outcome outcome = random.nextInt(20) == 0 ? Outcome.CONNECT_FAILED : Outcome.SUCCESS;
            lease.complete(outcome, null);
            lease.complete(outcome, null);
        }
    }

    private void check() {
        Map<Object, Integer> expected = new IdentityHashMap<>();
        held.forEach(lease -> expected.merge(lease.upstream(), 1, Integer::sum));
        List<UpstreamStatus> status = pool.pool.status();
        assertThat(status.stream().limit(ids.length()).map(UpstreamStatus::id).toList())
                .isEqualTo(ids.chars().mapToObj(id -> String.valueOf((char) id)).toList());
        assertThat(status.stream().mapToInt(UpstreamStatus::inFlight).sum()).isEqualTo(held.size());
        for (int i = 0; i < status.size(); i++) {
            Object upstream = pool.pool.upstreams().get(i);
            assertThat(status.get(i).inFlight()).isEqualTo(expected.getOrDefault(upstream, 0));
        }
    }
}
