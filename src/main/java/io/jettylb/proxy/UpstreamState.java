package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Pool;
import io.jettylb.pool.UpstreamStatus;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How the balancer sees an upstream, in words for the upstream itself, which may want to warm up while it is down, or show
 * it to its operator: {@code up; pool=orders; upstream=b2; weight=3; in-flight=7}.
 */
final class UpstreamState implements Function<UpstreamConfig, String> {

    /** Whatever may stand in names, nothing of it begins another part, another field or another request. */
    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._:/\\[\\]-]");

    private final Pool pool;

    UpstreamState(Pool pool) {
        this.pool = pool;
    }

    @Override
    public String apply(UpstreamConfig upstream) {
        for (UpstreamStatus status : pool.status()) {
            if (status.id().equals(upstream.id())) {
                return seen(status) + "; pool=" + safe(pool.name()) + "; upstream=" + safe(status.id()) + "; weight="
                        + status.weight() + "; in-flight=" + status.inFlight();
            }
        }
        return "unknown; pool=" + safe(pool.name()) + "; upstream=" + safe(upstream.id());
    }

    private static String seen(UpstreamStatus status) {
        if (!status.up()) {
            return "down";
        }
        return switch (status.mode()) {
            case MAINTENANCE -> "maint";
            case DRAIN -> "drain";
            case READY -> status.eligible() ? "up" : status.ejections() > 0 ? "ejected" : "drain";
        };
    }

    private static String safe(String name) {
        return UNSAFE.matcher(name).replaceAll("_");
    }
}
