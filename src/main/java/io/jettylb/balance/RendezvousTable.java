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

    /** How many winners a slot has, the later ones for the attempts after the first. */
    private static final int RANKS = 2;

    private static final int NOBODY = -1;

    private final int slots;
    private final int shift;
    private final int ranks;
    /** All slots' winners, then all slots' second ones. */
    private final int[] owners;

    /**
     * Fills the table.
     *
     * @param candidates who compete
     * @param slots a power of two
     */
    RendezvousTable(List<? extends Candidate> candidates, int slots) {
        this.slots = slots;
        this.shift = 64 - Integer.numberOfTrailingZeros(slots);
        this.ranks = Math.min(RANKS, candidates.size());
        this.owners = new int[slots * ranks];
        Arrays.fill(owners, NOBODY);
        new Throws(Members.of(candidates)).fill();
    }

    /** The state of the competition. */
    private final class Throws {

        private final Members members;
        private final int[] thrown;
        private final double[] scores = new double[owners.length];
        private int missing = owners.length;

        Throws(Members members) {
            this.members = members;
            this.thrown = new int[members.size()];
        }

        void fill() {
            Arrays.fill(scores, Double.POSITIVE_INFINITY);
            // Nobody needs to throw more often: hardly a slot is left out then, and completing() knows what to do.
            int most = (int) (slots * (Math.log(slots) + 3));
            // The expected time until all slots are hit.
            double until = (Math.log(slots) + 2) * slots / members.totalWeight();
            boolean going = true;
            while (missing > 0 && going) {
                going = false;
                for (int i = 0; i < thrown.length; i++) {
                    going |= advance(i, until, most);
                }
                until *= 1.25;
            }
            if (missing > 0) {
                complete(most);
            }
        }

        /** Throws until a time; false if all throws are spent. */
        private boolean advance(int member, double until, int most) {
            long hash = members.hashes()[member];
            int index = members.indices()[member];
            double phase = (hash >>> 11) * 0x1p-53;
            double pace = 1.0 / members.weights()[member];
            int next = thrown[member];
            for (; next < most; next++) {
                double score = (next + phase) * pace;
                if (score > until) {
                    break;
                }
                hit((int) (KeyHash.of(hash, next) >>> shift), index, score);
            }
            thrown[member] = next;
            return next < most;
        }

        /** The scores of one candidate ascend, so its first one in a slot is the one that counts. */
        private void hit(int slot, int index, double score) {
            if (score >= scores[(ranks - 1) * slots + slot]) {
                return;
            }
            for (int rank = 0; rank < ranks; rank++) {
                int at = rank * slots + slot;
                if (owners[at] == index) {
                    return;
                }
                if (score < scores[at]) {
                    insert(slot, rank, index, score);
                    return;
                }
            }
        }

        private void insert(int slot, int rank, int index, double score) {
            int last = ranks - 1;
            if (owners[last * slots + slot] == NOBODY) {
                missing--;
            }
            for (int i = last; i > rank; i--) {
                owners[i * slots + slot] = owners[(i - 1) * slots + slot];
                scores[i * slots + slot] = scores[(i - 1) * slots + slot];
            }
            owners[rank * slots + slot] = index;
            scores[rank * slots + slot] = score;
        }

        /** Very few candidates, or very unequal ones: who has missed a slot gets a score of its own for it. */
        private void complete(int most) {
            for (int slot = 0; slot < slots; slot++) {
                if (owners[(ranks - 1) * slots + slot] != NOBODY) {
                    continue;
                }
                for (int i = 0; i < thrown.length; i++) {
                    if (!won(slot, members.indices()[i])) {
                        double late = most + (KeyHash.of(~members.hashes()[i], slot) >>> 11) * 0x1p-53 * slots;
                        hit(slot, members.indices()[i], late / members.weights()[i]);
                    }
                }
            }
        }

        private boolean won(int slot, int index) {
            for (int rank = 0; rank < ranks; rank++) {
                if (owners[rank * slots + slot] == index) {
                    return true;
                }
            }
            return false;
        }
    }

    @Override
    public int start(long hash) {
        return (int) (hash >>> shift);
    }

    @Override
    public int owner(int start, int step) {
        return step < ranks
                ? owners[step * slots + start]
                // Beyond what is known of the slot, the others' winners will do.
                : owners[start + step - ranks + 1 & slots - 1];
    }

    @Override
    public int length() {
        return slots + ranks - 1;
    }
}
