package io.jettylb.servlet.faults;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One behaviour played for one request, as both ends see it. */
final class Trial {

    private final String id;
    private final Behaviour behaviour;
    private final CountDownLatch head = new CountDownLatch(1);
    private int begun;
    private int running;
    private Throwable problem;

    Trial(String id, Behaviour behaviour) {
        this.id = id;
        this.behaviour = behaviour;
    }

    String id() {
        return id;
    }

    Behaviour behaviour() {
        return behaviour;
    }

    /** The client has got the head of a final response. */
    void headSeen() {
        head.countDown();
    }

    void awaitHead() throws IOException {
        try {
            if (!head.await(10, TimeUnit.SECONDS)) {
                failed(new AssertionError("the head did not reach the client"));
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException(id);
        }
    }

    synchronized void begin() {
        begun++;
        running++;
    }

    synchronized void end() {
        running--;
        notifyAll();
    }

    synchronized void failed(Throwable failure) {
        if (problem == null) {
            problem = failure;
        }
    }

    /** How often the request was delivered to an upstream. */
    synchronized int deliveries() {
        return begun;
    }

    /** Waits until no upstream is concerned with the request any more: what hangs there hangs for ever. */
    synchronized void awaitOver() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (running > 0) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("the proxy neither closes nor uses the upstream's connection");
            }
            wait(left);
        }
        if (problem != null) {
            throw new AssertionError(problem);
        }
    }
}
