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
 * its way. Each list counts those of its own candidates; one that is in several is counted by the latest. What several
 * threads pick at the same instant, before it is counted, may go beyond the bound.
 *
 * <p>Counting is safe for any thread and takes no lock; lists are taken in by one thread at a time.
 */
final class BoundedLoad {

    private static final long ONE = 2;

    private final double factor;
    /** Weak, because nobody says when a candidate is gone for good. */
    private final Map<Candidate, Share> shares = new WeakHashMap<>();

    BoundedLoad(double factor) {
        this.factor = factor;
    }

    /** The attempts of one list. */
    private static final class Total {
        final AtomicLong attempts = new AtomicLong();
        /** Whether candidates have gone over to a later list, which counts their attempts now. */
        volatile boolean stale;
    }

    /** The attempts of one candidate, and the list that counts them. Does not know the candidate. */
    private static final class Share implements Observer {

        /** The count above one bit that says which of the two lists it is: so both change together. */
        private final AtomicLong state = new AtomicLong();

        private volatile Total even = new Total();
        private volatile Total odd;

        @Override
        public void began() {
            total(state.getAndAdd(ONE)).attempts.incrementAndGet();
        }

        @Override
        public void ended(long nanos, Ending ending) {
            total(state.getAndAdd(-ONE)).attempts.decrementAndGet();
        }

        private Total total(long of) {
            return (of & 1) == 0 ? even : odd;
        }

        void moveTo(Total next) {
            Total before = total(state.get());
            before.stale = true;
            if (before == even) {
                odd = next;
            } else {
                even = next;
            }
            long count = state.getAndUpdate(s -> s ^ 1) / ONE;
            next.attempts.addAndGet(count);
            before.attempts.addAndGet(-count);
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

    /** Takes in a list: from now on it counts the attempts of its candidates. */
    Room roomOf(List<? extends Candidate> candidates) {
        Share[] members = new Share[candidates.size()];
        double[] fractions = new double[members.length];
        Total total = new Total();
        long weight = 0;
        for (int i = 0; i < members.length; i++) {
            members[i] = share(candidates.get(i));
            members[i].moveTo(total);
            fractions[i] = factor * candidates.get(i).weight();
            weight += candidates.get(i).weight();
        }
        for (int i = 0; i < members.length; i++) {
            fractions[i] /= weight;
        }
        return new Room(members, fractions, total);
    }

    /** The bound for one list of candidates. */
    static final class Room {

        private final Share[] members;
        private final double[] fractions;
        private final Total total;

        private Room(Share[] members, double[] fractions, Total total) {
            this.members = members;
            this.fractions = fractions;
            this.total = total;
        }

        /** All attempts in flight, and the one to come. */
        long total() {
            if (!total.stale) {
                return total.attempts.get() + 1;
            }
            // A later list counts now, but this one is in use still.
            long sum = 1;
            for (Share member : members) {
                sum += member.count();
            }
            return sum;
        }

        /** Whether a candidate may take one more. */
        boolean isIn(int index, long total) {
            // A product that should be whole may be a trifle more.
            return members[index].count() < Math.ceil(fractions[index] * total - 1e-9);
        }
    }
}
