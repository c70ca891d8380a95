package io.jettylb.balance;

import java.util.function.Consumer;

/** Asks upstreams how busy they are. Thread-safe. */
public interface LoadProbes {

    /**
     * Sends a question and returns at once. There is at most one under way to each upstream.
     *
     * @param upstream the upstream's id
     * @param answer gets what the upstream said, on any thread; it is not called if the upstream does not answer in time,
     *     or answers something else
     * @return false if nothing was sent
     */
    boolean probe(String upstream, Consumer<LoadReport> answer);
}
