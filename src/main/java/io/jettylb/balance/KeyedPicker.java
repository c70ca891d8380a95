package io.jettylb.balance;

/** Follows the order of a key to the candidate whose turn it is. */
final class KeyedPicker implements Picker {

    /** How many attempts of a request go to different candidates; the pool looks after the ones beyond. */
    private static final int DISTINCT = 8;

    /** How far a request goes that looks for somebody with room; a fifth of all weights has it at a bound of 1.25. */
    private static final int MOST_STEPS = 1024;

    private final Placement placement;
    private final int distinct;
    private final BoundedLoad.Room room;
    private final Picker fallback;

    /**
     * Creates the picker.
     *
     * @param placement the order of each key
     * @param candidates how many there are
     * @param room what they may take; null for any load
     * @param fallback for requests without a key
     */
    KeyedPicker(Placement placement, int candidates, BoundedLoad.Room room, Picker fallback) {
        this.placement = placement;
        this.distinct = Math.min(DISTINCT, candidates);
        this.room = room;
        this.fallback = fallback;
    }

    @Override
    public int pick(long hash, int attempt) {
        if (hash == NO_KEY) {
            return fallback.pick(hash, attempt);
        }
        int start = placement.start(hash);
        if (attempt == 0 && room == null) {
            return placement.owner(start, 0);
        }
        return walk(start, attempt % distinct);
    }

    /** The candidate of a rank, counting each that has room once; the last of them if they are fewer. */
    private int walk(int start, int rank) {
        long total = room == null ? 0 : room.total();
        // On retries steps are dear, and who is hardly ever met is not worth them: the pool has an answer, too.
        int length = room == null || rank == 0 ? placement.length() : Math.min(placement.length(), MOST_STEPS);
        int left = rank;
        int found = -1;
        for (int step = 0; step < length; step++) {
            int owner = placement.owner(start, step);
            if ((room == null || room.isIn(owner, total)) && (rank == 0 || !met(start, step, owner))) {
                found = owner;
                if (left-- == 0) {
                    break;
                }
            }
        }
        // Nobody has room only while others pick: then the bound is somebody else's already.
        return found < 0 ? placement.owner(start, 0) : found;
    }

    private boolean met(int start, int end, int owner) {
        for (int step = 0; step < end; step++) {
            if (placement.owner(start, step) == owner) {
                return true;
            }
        }
        return false;
    }
}
