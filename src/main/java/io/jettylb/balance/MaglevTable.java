package io.jettylb.balance;

import java.util.Arrays;
import java.util.List;

/**
 * The lookup table of Maglev: candidates take turns in claiming, each in an order of its own, the next slot that is still
 * free. The heaviest claims one slot in every round, the others as often as their weight is of its.
 */
final class MaglevTable implements Placement {

    private final int[] owners;

    /**
     * Fills the table.
     *
     * @param candidates who take turns
     * @param size the number of slots, a prime: so that any stride meets all slots
     */
    MaglevTable(List<? extends Candidate> candidates, int size) {
        owners = new int[size];
        Arrays.fill(owners, -1);
        Members members = Members.of(candidates);
        int[] turns = turns(members, size);
        int[] slots = new int[members.size()];
        int[] strides = new int[members.size()];
        for (int i = 0; i < slots.length; i++) {
            long hash = members.hashes()[i];
            slots[i] = (int) Long.remainderUnsigned(hash, size);
            strides[i] = 1 + (int) Long.remainderUnsigned(KeyHash.of(hash, 0), size - 1);
        }
        for (int turn = 0; turn < size; turn++) {
            int member = turns[turn];
            int slot = slots[member];
            int stride = strides[member];
            while (owners[slot] >= 0) {
                slot += stride;
                slot = slot < size ? slot : slot - size;
            }
            owners[slot] = members.indices()[member];
            slots[member] = slot;
        }
    }

    /** Whose turn it is: by rounds, and within a round by id. Distributed in linear time. */
    private static int[] turns(Members members, int size) {
        int largest = members.largestWeight();
        // Enough for one turn more than there are slots.
        int rounds = (int) ((long) size * largest / members.totalWeight()) + 2;
        int[] starts = new int[rounds + 2];
        for (int weight : members.weights()) {
            for (long j = 0, round = 0; round < rounds; round = round(++j, largest, weight)) {
                starts[(int) round + 1]++;
            }
        }
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
        int[] turns = new int[starts[rounds]];
        for (int i = 0; i < members.size(); i++) {
            int weight = members.weights()[i];
            for (long j = 0, round = 0; round < rounds; round = round(++j, largest, weight)) {
                turns[starts[(int) round]++] = i;
            }
        }
        return turns;
    }

    /** The round of a turn: rounded up, so that nobody is ever ahead of its share. */
    private static long round(long turn, int largest, int weight) {
        return (turn * largest + weight - 1) / weight;
    }

    @Override
    public int start(long hash) {
        return (int) Long.remainderUnsigned(hash, owners.length);
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
