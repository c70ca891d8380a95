package io.jettylb.sim;

import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/** A clock that jumps from event to event. What is due at the same time happens in the order of its announcement. */
final class VirtualTime implements LongSupplier {

    private record Event(long at, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long now;
    private long announced;

    /** Nanoseconds since the experiment began. */
    @Override
    public long getAsLong() {
        return now;
    }

    /** Announces an event; one in the past happens now. */
    void at(long nanos, Runnable action) {
        events.add(new Event(Math.max(nanos, now), announced++, action));
    }

    void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    /** Lets everything happen that is announced, or becomes so meanwhile. */
    void run() {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            now = event.at;
            event.action.run();
        }
    }
}
