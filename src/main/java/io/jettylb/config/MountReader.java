package io.jettylb.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads one mount. */
final class MountReader {

    private static final Pattern SEGMENTS = Pattern.compile("(/[^/*%;?#\\s\\p{Cntrl}\\\\]+)+");
    private static final Pattern DOTS = Pattern.compile("/\\.{1,2}(/|$)");
    private static final Pattern VIRTUAL_HOST = Pattern.compile("[^\\s/,;\\p{Cntrl}]+");

    private final Map<String, PoolConfig> pools;

    MountReader(Map<String, PoolConfig> pools) {
        this.pools = pools;
    }

    Optional<MountConfig> read(Section mounts, Setting setting) {
        checkPath(mounts, setting);
        return mounts.section(setting, "a block such as { pool = NAME }").map(mount -> mount(mount, setting.key()));
    }

    private MountConfig mount(Section mount, String contextPath) {
        boolean split = false;
        boolean own = mount.settings().isEmpty();
        for (Setting child : mount.settings()) {
            if (Vocabulary.MOUNT.keys().contains(child.key())) {
                own = true;
            } else if (child.is(ConfigValueType.OBJECT) && ((ConfigObject) child.value()).containsKey("pool")) {
                split = true;
                String whole = "mounts." + Display.key(contextPath + "." + child.key());
                mount.problems().add(child, "a context path with a dot but without quotes", whole + ", in quotes");
            } else {
                own = true;
                mount.unknown(Vocabulary.MOUNT, child);
            }
        }
        String pool = own || !split ? pool(mount) : "";
        return new MountConfig(
                contextPath, virtualHosts(mount), mount.bool("strip-context-path", false), pool, timeouts(mount, pool));
    }

    /** What is not written is the pool's; nothing written at all: null. */
    private TimeoutsConfig timeouts(Section mount, String pool) {
        TimeoutsConfig fallback = pools.containsKey(pool) ? pools.get(pool).timeouts() : Policies.BUILT_IN.timeouts();
        return mount.section("timeouts")
                .map(timeouts -> {
                    timeouts.checkKeys(Vocabulary.MOUNT_TIMEOUTS);
                    return new TimeoutsConfig(
                            fallback.connect(),
                            timeouts.limit("first-byte", fallback.firstByte()),
                            timeouts.limit("idle", fallback.idle()),
                            timeouts.limit("total", fallback.total()),
                            timeouts.limit("tunnel", fallback.tunnel()));
                })
                .orElse(null);
    }

    private String pool(Section mount) {
        String names = pools.isEmpty() ? "the name of a pool, but there are none" : Display.names(pools.keySet());
        if (!mount.has("pool")) {
            mount.problems().missing(mount.place(), Display.child(mount.path(), "pool"), names);
            return "";
        }
        Optional<Setting> setting = mount.setting("pool");
        Optional<String> name = setting.flatMap(s -> mount.text(s, names));
        if (name.isPresent() && !pools.containsKey(name.get())) {
            String meant = Suggestion.nearest(name.get(), pools.keySet())
                    .map(m -> "; did you mean " + m + "?")
                    .orElse("");
            mount.problems().dangling(setting.get(), names + meant);
        }
        return name.orElse("");
    }

    private static List<String> virtualHosts(Section mount) {
        String expected = "a list of host names such as [\"shop.example.com\"]";
        List<String> hosts = new ArrayList<>();
        for (Setting member : mount.list("virtual-hosts", expected).orElse(List.of())) {
            Optional<String> host = mount.text(member, "a host name");
            if (host.isPresent() && !VIRTUAL_HOST.matcher(host.get()).matches()) {
                mount.problems().add(member, "a host name");
            }
            host.ifPresent(hosts::add);
        }
        return List.copyOf(hosts);
    }

    private static void checkPath(Section mounts, Setting setting) {
        String path = setting.key();
        String expected = null;
        if (!path.startsWith("/")) {
            expected = "a context path that starts with '/'";
        } else if (path.length() > 1 && path.endsWith("/")) {
            expected = "a context path without '/' at its end";
        } else if (path.contains("//") || DOTS.matcher(path).find()) {
            expected = "a context path without empty and dot segments";
        } else if (path.length() > 1 && !SEGMENTS.matcher(path).matches()) {
            expected = "a context path without '*', '%', ';', '?', '#', '\\' and white space";
        }
        if (expected != null) {
            mounts.problems().add(setting, "not usable as a context path", expected);
        }
    }
}
