package io.jettylb.testing;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.ProxyProtocol;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.StatusRange;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.config.TlsConfig;
import io.jettylb.config.UpstreamConfig;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Configurations as records, with the defaults of the product where a test does not care. */
public final class Configs {

    public static final HostPolicy CLIENT_HOST = new HostPolicy(HostPolicy.Kind.CLIENT, null);
    public static final TimeoutsConfig TIMEOUTS = new TimeoutsConfig(
            Duration.ofSeconds(3), Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ZERO, Duration.ofHours(1));

    public static final ProbeConfig PROBE = new ProbeConfig(
            "/health",
            Duration.ofMillis(100),
            Duration.ofSeconds(5),
            2,
            2,
            Duration.ofMillis(20),
            0,
            List.of(new StatusRange(200, 399)));

    private Configs() {}

    /** One pool named "p" of the given upstream URIs, balanced round robin. */
    public static PoolConfig pool(List<URI> upstreams) {
        return pool(upstreams, "round-robin", CLIENT_HOST, TIMEOUTS);
    }

    public static PoolConfig pool(List<URI> upstreams, String strategy, HostPolicy host, TimeoutsConfig timeouts) {
        List<UpstreamConfig> members = new ArrayList<>();
        for (int i = 0; i < upstreams.size(); i++) {
            members.add(new UpstreamConfig("u" + i, upstreams.get(i), 1));
        }
        return new PoolConfig(
                "p",
                new StrategyConfig(strategy, Map.of()),
                members,
                host,
                new RetryConfig(3),
                timeouts,
                new ConnectionsConfig(256, Duration.ofSeconds(4), 100),
                Protocol.HTTP1,
                null,
                null,
                null,
                ProxyProtocol.OFF);
    }

    /** The same pool under another name. */
    public static PoolConfig named(String name, PoolConfig pool) {
        return with(pool, "name", name);
    }

    /** The same pool with another strategy; options in pairs of name and value. */
    public static PoolConfig balanced(PoolConfig pool, String strategy, Object... options) {
        Map<String, Object> block = new HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            block.put((String) options[i], options[i + 1]);
        }
        return with(pool, "strategy", new StrategyConfig(strategy, block));
    }

    /** The same pool with another number of connections. */
    public static PoolConfig connections(PoolConfig pool, int max) {
        ConnectionsConfig before = pool.connections();
        return with(pool, "connections", new ConnectionsConfig(max, before.idle(), before.streams()));
    }

    /** The same pool, sticky. */
    public static PoolConfig sticky(PoolConfig pool, StickyConfig sticky) {
        return with(pool, "sticky", sticky);
    }

    /** The same pool over another protocol. */
    public static PoolConfig spoken(PoolConfig pool, Protocol protocol) {
        return with(pool, "protocol", protocol);
    }

    public static PoolConfig spoken(PoolConfig pool, Protocol protocol, ConnectionsConfig connections) {
        return with(spoken(pool, protocol), "connections", connections);
    }

    /** The pool with short intervals of probing, two failures to go down and two passes to come up. */
    public static PoolConfig probed(PoolConfig pool) {
        return probed(pool, PROBE);
    }

    public static PoolConfig probed(PoolConfig pool, ProbeConfig probe) {
        return pool.with(probe);
    }

    /** The same pool with TLS and with what upstreams see as {@code Host}. */
    public static PoolConfig secure(PoolConfig pool, HostPolicy host, TlsConfig tls) {
        return with(with(pool, "host", host), "tls", tls);
    }

    /** The same pool with the client's address at the beginning of connections. */
    public static PoolConfig announced(PoolConfig pool, ProxyProtocol version) {
        return with(pool, "proxyProtocol", version);
    }

    /** The same pool with another value of one component, whichever there are. */
    private static PoolConfig with(PoolConfig pool, String component, Object value) {
        RecordComponent[] components = PoolConfig.class.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        try {
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                values[i] = components[i].getName().equals(component)
                        ? value
                        : components[i].getAccessor().invoke(pool);
            }
            return PoolConfig.class.getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException broken) {
            throw new AssertionError(broken);
        }
    }

    /** The same pool with other members. */
    public static PoolConfig members(PoolConfig pool, List<UpstreamConfig> members) {
        return pool.with(members);
    }

    public static MountConfig mount(String contextPath, boolean strip) {
        return new MountConfig(contextPath, List.of(), strip, "p");
    }

    public static LbConfig config(PoolConfig pool, MountConfig... mounts) {
        return new LbConfig(List.of(mounts), Map.of(pool.name(), pool), new ForwardedConfig(true, true));
    }
}
