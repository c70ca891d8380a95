package io.jettylb.it;

import java.io.IOException;

/** A balancer in its own process, ours or another. */
interface Balancer extends AutoCloseable {

    int port();

    /** All that it has printed. */
    String output();

    /** Its process; the one that serves, where there are several. */
    ProcessHandle process();

    /** Takes an upstream out as its operator would, where probes cannot. */
    void takeOut(String id) throws IOException, InterruptedException;

    /** The opposite. */
    void putBack(String id) throws IOException, InterruptedException;

    @Override
    void close();
}
