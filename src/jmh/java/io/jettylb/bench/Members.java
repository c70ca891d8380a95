package io.jettylb.bench;

import io.jettylb.balance.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Candidates as a busy pool has them: some requests in flight at each, equal weights or all kinds of them. */
final class Members {

    private Members() {}

    static List<Candidate> of(int size, boolean equalWeights) {
        SplittableRandom random = new SplittableRandom(size);
        List<Candidate> members = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            members.add(new Member("u" + i, equalWeights ? 1 : random.nextInt(1, 11), random.nextInt(20)));
        }
        return members;
    }

    private record Member(String id, int weight, int inFlight) implements Candidate {}
}
