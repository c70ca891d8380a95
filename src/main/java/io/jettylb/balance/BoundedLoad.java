package io.jettylb.balance;

import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Consistent hashing with bounded loads (V. Mirrokni, M. Thorup, M. Zadimoghaddam, SODA 2018, arXiv 1608.01350): no
 * candidate takes an attempt that would bring it above {@code ceil(factor * mean)}, where the mean is that of all attempts
 * in flight, this one included, shared by weight. There is always one with room.
 *
 * <p>The attempts in flight are counted as they begin and end, so that a pick needs to ask no more than the candidates on
 * its way; those of candidates that are not in the latest list do not count. What several threads pick at the same
 * instant, before it is counted, may go beyond the bound.
 *
 * <p>Counting is safe for any thread and takes no lock; lists are taken in by one thread at a time.
 */
final class BoundedLoad {

    /** The lowest bit of a share's state; the count is above it. */
    private static final long LISTED = 1;

    private static final long ONE = 2;

    private final double factor;
    private final AtomicLong total = new AtomicLong();
    /** Weak, because nobody says when a candidate is gone for good. */
    private final Map<Candidate, Share> shares = new WeakHashMap<>();

    private Share[] listed = {};

    BoundedLoad(double factor) {
        this.factor = factor;
    }

    /** The attempts of one candidate, whether it is in the latest list or not. Does not know the candidate. */
    private final class Share implements Observer {

        private final AtomicLong state = new AtomicLong();
        private boolean next;

        @Override
        public void began() {
            if ((state.getAndAdd(ONE) & LISTED) != 0) {
                total.incrementAndGet();
            }
        }

        @Override
        public void ended(long nanos, Ending ending) {
            if ((state.getAndAdd(-ONE) & LISTED) != 0) {
                total.decrementAndGet();
            }
        }

        /** Count and membership change together, so that every attempt is taken in and out exactly once. */
        void list(boolean in) {
            long before = in ? state.getAndUpdate(s -> s | LISTED) : state.getAndUpdate(s -> s & ~LISTED);
            if (in != ((before & LISTED) != 0)) {
                total.addAndGet(in ? before / ONE : -(before / ONE));
            }
        }

        long count() {
            return state.get() / ONE;
        }
    }

    /** What counts the attempts of a candidate. */
    Observer observerOf(Candidate candidate) {
        return share(candidate);
    }

    private synchronized Share share(Candidate candidate) {
        return shares.computeIfAbsent(candidate, unknown -> new Share());
    }

    /** Makes a list the latest one. */
    Room roomOf(List<? extends Candidate> candidates) {
        Share[] now = new Share[candidates.size()];
        double[] fractions = new double[now.length];
        long weight = 0;
        for (int i = 0; i < now.length; i++) {
            now[i] = share(candidates.get(i));
            now[i].next = true;
            fractions[i] = candidates.get(i).weight();
            weight += candidates.get(i).weight();
        }
        for (Share share : listed) {
            if (!share.next) {
                share.list(false);
            }
        }
        for (int i = 0; i < now.length; i++) {
            now[i].list(true);
            now[i].next = false;
            fractions[i] *= factor / weight;
        }
        listed = now;
        return new Room(now, fractions);
    }

    /** The bound for one list of candidates. */
    final class Room {

        private final Share[] shares;
        private final double[] fractions;

        private Room(Share[] shares, double[] fractions) {
            this.shares = shares;
            this.fractions = fractions;
        }

        /** All attempts in flight, and the one to come. */
        long total() {
            return total.get() + 1;
        }

        /** Whether a candidate may take one more. */
        boolean isIn(int index, long total) {
            // A product that should be whole may be a trifle more.
            return shares[index].count() < Math.ceil(fractions[index] * total - 1e-9);
        }
    }
}
