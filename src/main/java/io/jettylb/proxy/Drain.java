package io.jettylb.proxy;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * Reads the rest of a response that nobody wants. A new connection is cheaper than much of it.
 */
final class Drain implements Invocable.Task {

    private static final int LIMIT = 64 * 1024;

    private final Attempt attempt;
    private final Content.Source source;
    private int drained;

    Drain(Attempt attempt, Content.Source source) {
        this.attempt = attempt;
        this.source = source;
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = source.read();
            if (chunk == null) {
                source.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                attempt.cancel(chunk.getFailure());
                return;
            }
            drained += chunk.remaining();
            boolean last = chunk.isLast();
            chunk.release();
            if (last) {
                return;
            }
            if (drained > LIMIT) {
                attempt.cancel(new EndedException("response not wanted"));
                return;
            }
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
