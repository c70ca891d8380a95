package io.jettylb.balance;

import java.util.List;

/**
 * {@code first}: fills the upstreams in the order of the configuration, each up to its {@link Candidate#maxRequests()}
 * requests at once, as HAProxy's {@code first}: the last ones stay idle and can be switched off or never be started.
 *
 * <p>When all are full, the one that is the least over its limit for its size gets the request; that is for callers that
 * do not keep to the limit themselves. Weights have no meaning here. A pick takes O(n) steps at worst, and one for each
 * full upstream before the first that is not. No state, no lock, no allocation.
 *
 * <p><b>When not to use it:</b> for speed. It leaves idle machines idle while others are as busy as they may be, and
 * without limits all goes to the first one.
 *
 * <p>Takes no options. The provider, its strategies and their pickers are safe for use by any thread.
 */
public final class First implements StrategyProvider {

    /** For the service loader. */
    public First() {}

    @Override
    public String name() {
        return "first";
    }

    @Override
    public boolean proportional() {
        return false;
    }

    @Override
    public Strategy create(StrategyContext context) {
        return First::picker;
    }

    private static Picker picker(List<? extends Candidate> members) {
        Candidate[] candidates = members.toArray(new Candidate[0]);
        return (hash, attempt) -> firstWithRoom(candidates, attempt % candidates.length);
    }

    private static int firstWithRoom(Candidate[] candidates, int skipped) {
        int best = 0;
        long inFlight = 0;
        long limit = 0;
        int left = skipped;
        for (int i = 0; i < candidates.length; i++) {
            long busy = candidates[i].inFlight();
            long room = candidates[i].maxRequests();
            if (busy < room && left-- == 0) {
                return i;
            }
            if (i == 0 || busy * limit < inFlight * room) {
                best = i;
                inFlight = busy;
                limit = room;
            }
        }
        return best;
    }
}
