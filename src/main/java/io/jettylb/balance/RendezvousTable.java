package io.jettylb.balance;

import java.util.Arrays;
import java.util.List;

/**
 * Rendezvous hashing for the slots of a table; the slot of a key is given by its hash alone. Every candidate has a score
 * for every slot, which depends on nothing but the two and its weight, and the lowest wins: so nothing moves but what is
 * won or lost by a candidate that changes.
 *
 * <p>The score is the time of an arrival: each candidate throws at random slots, at the pace of its weight, and scores
 * where it hits first. That is an exponential variable with the weight as its rate, as {@code -ln(h) / weight} is, but it
 * comes in ascending order: only the earliest need to be computed, about {@code slots * log(slots)} for all candidates
 * together instead of one for each slot and candidate.
 */
final class RendezvousTable implements Placement {

    /** The winner of a slot and, for the second attempt, the next one as far as it is known by then. */
    private static final int RANKS = 2;

    private static final long NOBODY = Long.MAX_VALUE;
    private static final int UPPER_HALF = 32;

    private final int shift;
    private final int ranks;
    /** The winners of the first slot, then those of the next, … */
    private final int[] owners;

    /**
     * Fills the table.
     *
     * @param candidates who compete
     * @param slots a power of two
     */
    RendezvousTable(List<? extends Candidate> candidates, int slots) {
        shift = 64 - Integer.numberOfTrailingZeros(slots);
        ranks = Math.min(RANKS, candidates.size());
        Members members = Members.of(candidates);
        long[] winners = new Competition(members, slots, ranks).winners();
        owners = new int[winners.length];
        for (int i = 0; i < owners.length; i++) {
            owners[i] = winners[i] == NOBODY ? owners[i - 1] : members.indices()[(int) winners[i]];
        }
    }

    private static final class Competition {

        private final Members members;
        private final int slots;
        private final int ranks;
        private final int shift;
        private final int[] thrown;
        /** For each slot, ascending: a score, as the bits of a float, above the member whose it is. */
        private final long[] winners;

        private int missing;

        Competition(Members members, int slots, int ranks) {
            this.members = members;
            this.slots = slots;
            this.ranks = ranks;
            this.shift = 64 - Integer.numberOfTrailingZeros(slots);
            this.thrown = new int[members.size()];
            this.winners = new long[slots * ranks];
            this.missing = slots;
            Arrays.fill(winners, NOBODY);
        }

        long[] winners() {
            // Who throws that often has hit all slots, but for one chance in 160,000; complete() is for that.
            int most = (int) (slots * (Math.log(slots) + 12));
            // The expected time until all slots are hit.
            double until = (Math.log(slots) + 2) * slots / members.totalWeight();
            boolean going = true;
            while (missing > 0 && going) {
                going = false;
                for (int member = 0; member < thrown.length; member++) {
                    going |= advance(member, until, most);
                }
                until *= 1.25;
            }
            if (missing > 0) {
                complete(most);
            }
            return winners;
        }

        /** Throws until a time; false if all throws are spent. */
        private boolean advance(int member, double until, int most) {
            long hash = members.hashes()[member];
            double phase = (hash >>> 11) * 0x1p-53;
            double pace = 1.0 / members.weights()[member];
            int next = thrown[member];
            for (; next < most; next++) {
                double score = (next + phase) * pace;
                if (score > until) {
                    break;
                }
                hit((int) (KeyHash.of(hash, next) >>> shift), member, score);
            }
            thrown[member] = next;
            return next < most;
        }

        /** The scores of one member ascend, so its first one in a slot is the one that counts. */
        private void hit(int slot, int member, double score) {
            // Positive floats are in the order of their bits.
            long scored = (long) Float.floatToRawIntBits((float) score) << UPPER_HALF | member;
            int first = slot * ranks;
            int last = first + ranks - 1;
            if (scored >= winners[last]) {
                return;
            }
            int at = first;
            while (winners[at] < scored) {
                if ((int) winners[at] == member) {
                    return;
                }
                at++;
            }
            if (winners[first] == NOBODY) {
                missing--;
            }
            System.arraycopy(winners, at, winners, at + 1, last - at);
            winners[at] = scored;
        }

        /** A single candidate, or a few: who has missed a slot gets a score of its own for it. */
        private void complete(int most) {
            for (int slot = 0; slot < slots; slot++) {
                if (winners[slot * ranks] != NOBODY) {
                    continue;
                }
                for (int member = 0; member < thrown.length; member++) {
                    double late = (KeyHash.of(~members.hashes()[member], slot) >>> 11) * 0x1p-53 * slots;
                    hit(slot, member, (most + late) / members.weights()[member]);
                }
            }
        }
    }

    @Override
    public int start(long hash) {
        return (int) (hash >>> shift) * ranks;
    }

    @Override
    public int owner(int start, int step) {
        int at = start + step;
        return owners[at < owners.length ? at : at - owners.length];
    }

    @Override
    public int length() {
        return owners.length;
    }
}
