package io.jettylb.balance;

import java.util.List;

/**
 * The balancing of one pool. It owns what must outlive a change of the upstreams, a round-robin position for instance.
 */
public interface Strategy {

    /**
     * Makes the picker for a new list of candidates. Called by one thread at a time, while pickers made earlier are
     * still in use.
     *
     * @param candidates the eligible upstreams, at least one; the list never changes, its members' figures do
     * @return a picker over this list
     */
    Picker pickerFor(List<? extends Candidate> candidates);

    /**
     * Makes what learns about an upstream. Called once for each upstream of the pool, before it is in any list, and kept
     * as long as the upstream is a member.
     *
     * @param candidate the upstream, the same object as in the lists
     * @return what is told about its attempts; {@link Observer#NONE} if the strategy looks at the candidates only
     */
    default Observer observerOf(Candidate candidate) {
        return Observer.NONE;
    }

    /**
     * Where the upstreams say how busy they are. It is read from every response and told to the upstream's observer, see
     * {@link Observer#reported}.
     *
     * @return where; null if the strategy does not want to know
     */
    default LoadSource loadSource() {
        return null;
    }

    /**
     * Gives the strategy a way to ask the upstreams. Called once and before any picker is used, and only if {@link
     * #loadSource} has a path.
     *
     * @param probes asks an upstream
     */
    default void probeWith(LoadProbes probes) {}

    /**
     * The parts of a request by which it is to be picked: the first of them that a request has makes the hash that its
     * pickers get. Asked once.
     *
     * @return the keys, the preferred one first; empty if the strategy needs none, and requests are not looked at
     */
    default List<HashKey> keys() {
        return List.of();
    }
}
