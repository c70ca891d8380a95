package io.jettylb.balance;

/**
 * Where keys belong: each key meets all candidates in an order of its own, which a change of other candidates hardly
 * disturbs. Immutable; allocates nothing.
 */
interface Placement {

    /** Where the order of a key begins. */
    int start(long hash);

    /**
     * The candidate at a step of the order. The same one may come more than once.
     *
     * @param start from {@link #start}
     * @param step 0 to {@link #length}, exclusive
     * @return an index into the list of candidates
     */
    int owner(int start, int step);

    /** After how many steps every candidate has come that ever comes. */
    int length();
}
