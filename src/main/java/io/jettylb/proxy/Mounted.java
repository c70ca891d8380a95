package io.jettylb.proxy;

import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import java.util.Optional;

/**
 * A front's hold on a mount: what it stands for may change with the configuration. Thread-safe; got from {@link
 * LoadBalancer#mount}.
 */
public final class Mounted {

    private final MountConfig config;
    private final boolean configured;
    private final int index;

    /**
     * A hold.
     *
     * @param config as the front knows it
     * @param configured whether it is one of the configuration's mounts, and follows them
     * @param index its place among all of them
     */
    Mounted(MountConfig config, boolean configured, int index) {
        this.config = config;
        this.configured = configured;
        this.index = index;
    }

    MountConfig config() {
        return config;
    }

    boolean configured() {
        return configured;
    }

    int index() {
        return index;
    }

    /** What a configuration says of it; nothing if it does not follow configurations. */
    Optional<MountConfig> configuredBy(LbConfig all) {
        return configured
                ? all.mounts().stream().filter(mount -> same(mount, config)).findFirst()
                : Optional.empty();
    }

    /** Whether both are of the same place. */
    static boolean same(MountConfig one, MountConfig other) {
        return one.contextPath().equals(other.contextPath())
                && one.virtualHosts().equals(other.virtualHosts());
    }
}
