package io.jettylb.proxy;

import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.route.Route;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.eclipse.jetty.util.thread.AutoLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All pools of a server, and which mount leads to which. Requests see one configuration or the next one as a whole, by one
 * volatile read. Thread-safe; one change at a time.
 */
final class Pools extends ContainerLifeCycle {

    private static final Logger LOG = LoggerFactory.getLogger(LoadBalancer.class);
    /** Up to so many pools in which nothing has changed are named. */
    private static final int NAMED = 5;

    private final ServerParts common;
    private final AutoLock lock = new AutoLock();
    private volatile State state;

    /** Where a mount leads to. */
    record Target(Route route, PoolProxy pool) {}

    /**
     * What is in force.
     *
     * @param config as it was given
     * @param mounts those of the first configuration, and what else fronts have asked for
     * @param targets by the mount's index
     */
    private record State(
            LbConfig config,
            HopIdentity hop,
            Map<String, PoolService> services,
            List<Mounted> mounts,
            Target[] targets) {}

    Pools(LbConfig config, ServerParts common) {
        this.common = common;
        HopIdentity hop = HopIdentity.of(config.forwarded(), common.random());
        common.stickyKeys().warn(config.pools().values());
        Map<String, PoolService> services = new LinkedHashMap<>();
        config.pools().forEach((name, pool) -> {
            PoolService service = new PoolService(pool, hop, common);
            services.put(name, service);
            addBean(service, true);
        });
        List<Mounted> mounts = new ArrayList<>();
        List<Target> targets = new ArrayList<>();
        for (MountConfig mount : config.mounts()) {
            mounts.add(new Mounted(mount, true, mounts.size()));
            targets.add(new Target(new Route(mount), get(services, mount.pool()).proxy()));
        }
        state = new State(config, hop, services, List.copyOf(mounts), targets.toArray(Target[]::new));
    }

    /** As it was given last. */
    LbConfig config() {
        return state.config();
    }

    List<String> names() {
        return List.copyOf(state.services().keySet());
    }

    /** The pools in the order of the configuration. */
    List<PoolService> all() {
        return List.copyOf(state.services().values());
    }

    /**
     * A pool by its name.
     *
     * @throws IllegalArgumentException if there is none
     */
    PoolService get(String name) {
        return get(state.services(), name);
    }

    private static PoolService get(Map<String, PoolService> services, String name) {
        PoolService service = services.get(name);
        if (service == null) {
            throw new IllegalArgumentException("pool: " + name + " (expected: one of " + services.keySet() + ")");
        }
        return service;
    }

    Target target(Mounted mount) {
        return state.targets()[mount.index()];
    }

    /** The way of a request that comes to a mount now. Its pool is entered and has to be left. */
    Target enter(Mounted mount) {
        while (true) {
            Target target = target(mount);
            if (target.pool().enter()) {
                return target;
            }
            // Another configuration has come in between.
            Thread.onSpinWait();
        }
    }

    /**
     * Takes a mount in; one of the first configuration is there already.
     *
     * @throws IllegalArgumentException if there is no pool of that name
     */
    Mounted mount(MountConfig config) {
        try (AutoLock ignored = lock.lock()) {
            State current = state;
            for (Mounted known : current.mounts()) {
                if (known.configured() && Mounted.same(known.config(), config)) {
                    return known;
                }
            }
            boolean configured = current.config().mounts().stream().anyMatch(known -> Mounted.same(known, config));
            Mounted mount = new Mounted(config, configured, current.mounts().size());
            List<Mounted> mounts = new ArrayList<>(current.mounts());
            mounts.add(mount);
            Target[] targets = Arrays.copyOf(current.targets(), mounts.size());
            MountConfig now = mount.configuredBy(current.config()).orElse(config);
            targets[mount.index()] = new Target(new Route(now), get(now.pool()).proxy());
            state = new State(current.config(), current.hop(), current.services(), mounts, targets);
            return mount;
        }
    }

    /**
     * Puts another configuration in force.
     *
     * @param next valid
     * @param source how logs call it
     * @return how it differs, and below that what needs a restart, one line each
     * @throws IllegalStateException if something cannot be had that it needs; then nothing has changed
     */
    String apply(LbConfig next, String source) {
        try (AutoLock ignored = lock.lock()) {
            State before = state;
            List<String> notes = new ArrayList<>();
            List<MountConfig> mounts = mounts(before, next, notes);
            Map<String, PoolConfig> wanted = new LinkedHashMap<>(next.pools());
            for (MountConfig mount : mounts) {
                wanted.computeIfAbsent(mount.pool(), name -> {
                    notes.add("pool " + name + " stays until a restart, because mount " + mount.contextPath()
                            + " needs it");
                    return before.services().get(name).config();
                });
            }
            boolean sameHop = next.forwarded().equals(before.config().forwarded());
            HopIdentity hop = sameHop ? before.hop() : HopIdentity.of(next.forwarded(), common.random());
            Plan plan = new Plan(wanted, mounts, hop, new LinkedHashMap<>(), new LinkedHashMap<>());
            prepare(before, plan);
            String summary = source + " reloaded: " + commit(before, next, plan, notes);
            plan.changes().values().forEach(PoolService.Change::finish);
            before.services().forEach((name, service) -> {
                if (!wanted.containsKey(name)) {
                    service.retire(() -> remove(service));
                }
            });
            LOG.info(summary);
            notes.forEach(LOG::warn);
            notes.add(0, summary);
            return String.join("\n", notes);
        }
    }

    /** What each mount that is there stands for from now on. New ones, and those that are gone, need a restart. */
    private static List<MountConfig> mounts(State before, LbConfig next, List<String> notes) {
        List<MountConfig> mounts = new ArrayList<>();
        for (Mounted mount : before.mounts()) {
            Optional<MountConfig> same = mount.configuredBy(next);
            Target target = before.targets()[mount.index()];
            mounts.add(same.orElse(new MountConfig(
                    mount.config().contextPath(),
                    mount.config().virtualHosts(),
                    target.route().strips(),
                    target.route().pool(),
                    target.route().timeouts())));
            if (mount.configured() && same.isEmpty()) {
                notes.add("mount " + mount.config().contextPath() + " stays as it was until a restart");
            }
        }
        for (MountConfig mount : next.mounts()) {
            if (before.mounts().stream()
                    .noneMatch(known -> known.configured() && Mounted.same(known.config(), mount))) {
                notes.add("mount " + mount.contextPath() + " comes with a restart");
            }
        }
        return mounts;
    }

    /**
     * What is about to be in force.
     *
     * @param pools their configurations
     * @param mounts what those that are there stand for
     * @param joining new pools
     * @param changes of the others, where there are any
     */
    private record Plan(
            Map<String, PoolConfig> pools,
            List<MountConfig> mounts,
            HopIdentity hop,
            Map<String, PoolService> joining,
            Map<String, PoolService.Change> changes) {}

    private void prepare(State before, Plan plan) {
        String name = null;
        try {
            for (PoolConfig pool : plan.pools().values()) {
                name = pool.name();
                PoolService known = before.services().get(name);
                if (known == null) {
                    PoolService service = new PoolService(pool, plan.hop(), common);
                    plan.joining().put(name, service);
                    if (isRunning()) {
                        service.start();
                    }
                } else if (!known.has(pool, plan.hop())) {
                    plan.changes().put(name, known.change(pool, plan.hop()));
                }
            }
        } catch (Exception | Error failure) {
            plan.changes().values().forEach(PoolService.Change::cancel);
            plan.joining().values().forEach(this::remove);
            throw new IllegalStateException("pools." + name + ": " + failure, failure);
        }
    }

    private String commit(State before, LbConfig next, Plan plan, List<String> notes) {
        common.stickyKeys()
                .warn(plan.joining().values().stream().map(PoolService::config).toList());
        List<String> words = new ArrayList<>();
        List<String> unchanged = new ArrayList<>();
        Map<String, PoolService> services = new LinkedHashMap<>();
        for (String name : plan.pools().keySet()) {
            PoolService known = before.services().get(name);
            services.put(name, known == null ? plan.joining().get(name) : known);
            if (known == null) {
                addBean(plan.joining().get(name), true);
                words.add(name + " new");
            } else if (plan.changes().containsKey(name)) {
                String what = make(plan.changes(), name, known, plan.pools().get(name), notes);
                (what == null ? unchanged : words).add(what == null ? name : name + " " + what);
            } else {
                unchanged.add(name);
            }
        }
        before.services().keySet().stream()
                .filter(name -> !plan.pools().containsKey(name))
                .forEach(name -> words.add(name + " removed"));
        Target[] targets = new Target[plan.mounts().size()];
        for (int i = 0; i < targets.length; i++) {
            MountConfig mount = plan.mounts().get(i);
            targets[i] = new Target(new Route(mount), services.get(mount.pool()).proxy());
        }
        state = new State(next, plan.hop(), services, before.mounts(), targets);
        if (!unchanged.isEmpty()) {
            words.add((unchanged.size() > NAMED ? unchanged.size() + " pools" : String.join(", ", unchanged))
                    + " unchanged");
        }
        return words.isEmpty() ? "no pools" : String.join(", ", words);
    }

    /** What has changed; null if that is nothing of the pool's own. A strategy may come from elsewhere, and fail. */
    private static String make(
            Map<String, PoolService.Change> changes,
            String name,
            PoolService service,
            PoolConfig next,
            List<String> notes) {
        boolean own = !service.config().equals(next);
        boolean members = !service.config().upstreams().equals(next.upstreams());
        try {
            String difference = changes.get(name).make().toString();
            return members ? difference : own ? "changed" : null;
        } catch (RuntimeException | Error failure) {
            LOG.warn("{}", name, failure);
            changes.remove(name).cancel();
            notes.add("pool " + name + " stays as it was: " + failure);
            return null;
        }
    }

    private void remove(PoolService service) {
        try {
            service.stop();
        } catch (Exception failure) {
            LOG.warn("{}", service.pool().name(), failure);
        }
        removeBean(service);
    }
}
