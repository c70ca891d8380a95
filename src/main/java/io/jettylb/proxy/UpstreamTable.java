package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.jetty.util.thread.AutoLock;

/**
 * Something for each upstream, made when it is first asked for: upstreams come and go while others are being used.
 * Thread-safe; finding what is there needs no lock.
 */
final class UpstreamTable<T> {

    private final Function<UpstreamConfig, T> maker;
    private final AutoLock lock = new AutoLock();
    /** Never changed, only replaced. Upstreams are the same object as long as they are there. */
    private volatile Map<UpstreamConfig, T> made;

    /**
     * A table.
     *
     * @param upstreams those that are there already
     * @param maker makes what belongs to an upstream
     */
    UpstreamTable(Collection<UpstreamConfig> upstreams, Function<UpstreamConfig, T> maker) {
        this.maker = maker;
        Map<UpstreamConfig, T> first = new IdentityHashMap<>();
        upstreams.forEach(upstream -> first.put(upstream, maker.apply(upstream)));
        this.made = first;
    }

    T of(UpstreamConfig upstream) {
        T known = made.get(upstream);
        return known == null ? make(upstream) : known;
    }

    private T make(UpstreamConfig upstream) {
        try (AutoLock ignored = lock.lock()) {
            T known = made.get(upstream);
            if (known != null) {
                return known;
            }
            T own = maker.apply(upstream);
            Map<UpstreamConfig, T> more = new IdentityHashMap<>(made);
            more.put(upstream, own);
            made = more;
            return own;
        }
    }

    /**
     * Forgets what belongs to others.
     *
     * @param upstreams those that are there
     * @param forgotten gets what is taken away, when it can be found no more
     */
    void retain(Set<UpstreamConfig> upstreams, Consumer<T> forgotten) {
        Map<UpstreamConfig, T> gone = new IdentityHashMap<>();
        try (AutoLock ignored = lock.lock()) {
            gone.putAll(made);
            gone.keySet().removeAll(upstreams);
            if (gone.isEmpty()) {
                return;
            }
            Map<UpstreamConfig, T> left = new IdentityHashMap<>(made);
            left.keySet().removeAll(gone.keySet());
            made = left;
        }
        gone.values().forEach(forgotten);
    }
}
