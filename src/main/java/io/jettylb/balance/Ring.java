package io.jettylb.balance;

import java.util.List;

/**
 * A ring of hashes on which every candidate has points, in proportion to its weight; a key belongs to the first point at
 * or after its hash.
 *
 * <p>How many points a unit of weight has depends on the class of the largest weight (up to {@value #FIRST_CLASS}, and
 * then {@value #CLASS_RATIO} times as much for every further class), so that it stays the same when a candidate comes or
 * goes, and a key moves only from or to that one. Weights that are all told in hundredths, as during a slow start, have
 * the points that they had. Only beyond {@value #MOST_POINTS} points in all there are fewer for everybody. Which
 * candidate has the one point that a fraction leaves is decided by its id: so not all lose one at once.
 *
 * <p>Built in linear time by distribution, since hashes are evenly spread; a search takes constant time on average, for
 * the same reason.
 */
final class Ring implements Placement {

    /** The points of all candidates, as far as each keeps one. */
    static final int MOST_POINTS = 1 << 19;
    /** The points of a weight that is the largest of its class. */
    static final int MOST_POINTS_OF_CLASS = 6_400;

    private static final int FIRST_CLASS = 4;
    private static final int CLASS_RATIO = 10;
    private static final long LOWER_HALF = 0xFFFF_FFFFL;

    /** The upper half of a point's hash above its owner, ascending as unsigned numbers. */
    private final long[] points;
    /** For each value of the leading bits: the index of the first point that has it or a larger one. */
    private final int[] starts;
    /** How far a hash is shifted to leave the leading bits. */
    private final int shift;

    Ring(List<? extends Candidate> candidates) {
        Members members = Members.of(candidates);
        int[] counts = counts(members);
        int size = 0;
        for (int count : counts) {
            size += count;
        }
        // One to two points for each value: a finer index would only be more memory to look at.
        int bits = Math.max(1, 31 - Integer.numberOfLeadingZeros(size));
        shift = 64 - bits;
        long[] drawn = drawn(members, counts, size);
        starts = starts(drawn, bits);
        points = distributed(drawn);
    }

    private static int[] counts(Members members) {
        int top = FIRST_CLASS;
        while (top < members.largestWeight()) {
            top *= CLASS_RATIO;
        }
        double unit = Math.min((double) MOST_POINTS_OF_CLASS / top, (double) MOST_POINTS / members.totalWeight());
        int[] counts = new int[members.size()];
        for (int i = 0; i < counts.length; i++) {
            double fraction = (members.hashes()[i] >>> 11) * 0x1p-53;
            counts[i] = Math.max(1, (int) (unit * members.weights()[i] + fraction));
        }
        return counts;
    }

    private static long[] drawn(Members members, int[] counts, int size) {
        long[] drawn = new long[size];
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
            long hash = members.hashes()[i];
            int owner = members.indices()[i];
            for (int j = 0; j < counts[i]; j++) {
                drawn[next++] = KeyHash.of(hash, j) & ~LOWER_HALF | owner;
            }
        }
        return drawn;
    }

    private int[] starts(long[] drawn, int bits) {
        int[] starts = new int[(1 << bits) + 1];
        for (long point : drawn) {
            starts[(int) (point >>> shift) + 1]++;
        }
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
        return starts;
    }

    private long[] distributed(long[] drawn) {
        long[] sorted = new long[drawn.length];
        int[] ends = new int[starts.length - 1];
        for (long point : drawn) {
            int bucket = (int) (point >>> shift);
            int first = starts[bucket];
            int at = first + ends[bucket]++;
            // One or two points to a bucket. Equal ones stay in the order of the ids, whatever the owners' indices.
            while (at > first && sorted[at - 1] >>> 32 > point >>> 32) {
                sorted[at] = sorted[at - 1];
                at--;
            }
            sorted[at] = point;
        }
        return sorted;
    }

    @Override
    public int start(long hash) {
        long from = hash >>> 32;
        int at = starts[(int) (hash >>> shift)];
        while (at < points.length && points[at] >>> 32 < from) {
            at++;
        }
        return at == points.length ? 0 : at;
    }

    @Override
    public int owner(int start, int step) {
        int at = start + step;
        return (int) points[at < points.length ? at : at - points.length];
    }

    @Override
    public int length() {
        return points.length;
    }
}
