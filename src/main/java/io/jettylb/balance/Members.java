package io.jettylb.balance;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Candidates in an order that depends on nothing but their ids, so that balancers whose configurations list them
 * differently agree.
 *
 * @param indices the index in the list of candidates, in the order of the ids
 * @param hashes of the ids, in that order
 * @param weights in that order
 */
record Members(int[] indices, long[] hashes, int[] weights) {

    private record Member(int index, String id, int weight) {}

    static Members of(List<? extends Candidate> candidates) {
        Member[] members = new Member[candidates.size()];
        for (int i = 0; i < members.length; i++) {
            Candidate candidate = candidates.get(i);
            members[i] = new Member(i, candidate.id(), candidate.weight());
        }
        Arrays.sort(members, Comparator.comparing(Member::id));
        int[] indices = new int[members.length];
        long[] hashes = new long[members.length];
        int[] weights = new int[members.length];
        for (int i = 0; i < members.length; i++) {
            indices[i] = members[i].index();
            hashes[i] = KeyHash.of(members[i].id());
            weights[i] = members[i].weight();
        }
        return new Members(indices, hashes, weights);
    }

    int size() {
        return indices.length;
    }

    long totalWeight() {
        return Arrays.stream(weights).asLongStream().sum();
    }

    int largestWeight() {
        return Arrays.stream(weights).max().getAsInt();
    }
}
