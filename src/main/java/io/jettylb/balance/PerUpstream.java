package io.jettylb.balance;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;

/**
 * Something for each upstream that outlives every list, and is forgotten with the upstream. It is held by whoever uses it:
 * pickers, and the pool as the upstream's observer. Thread-safe; not for the path of requests.
 */
final class PerUpstream<T> {

    private final Function<Candidate, T> maker;
    // Guarded by itself. The values know their keys, and would keep them for ever otherwise.
    private final Map<Candidate, WeakReference<T>> made = new WeakHashMap<>();

    PerUpstream(Function<Candidate, T> maker) {
        this.maker = maker;
    }

    /** The upstream's own; made when it is first asked for. */
    T of(Candidate candidate) {
        synchronized (made) {
            WeakReference<T> reference = made.get(candidate);
            T own = reference == null ? null : reference.get();
            if (own == null) {
                own = maker.apply(candidate);
                made.put(candidate, new WeakReference<>(own));
            }
            return own;
        }
    }
}
