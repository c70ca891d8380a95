package io.jettylb.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/** A timer whose time passes when a test says so, in the thread of the test. */
public final class ManualScheduler extends AbstractLifeCycle implements Scheduler, LongSupplier {

    private final List<Timer> timers = new ArrayList<>();
    // Just before the wrap, which must not matter to anybody.
    private long now = Long.MAX_VALUE - 1_000;

    private Timer running;

    private record Timer(Runnable task, long at) {}

    @Override
    public Task schedule(Runnable task, long delay, TimeUnit units) {
        Timer timer = new Timer(task, now + units.toNanos(delay));
        timers.add(timer);
        // As Jetty's: a task that runs in this moment is said to have been cancelled.
        return () -> timers.removeIf(other -> other == timer) || running == timer;
    }

    @Override
    public long getAsLong() {
        return now;
    }

    /** How long the timers have to wait, the shortest first. */
    public List<Duration> pending() {
        return timers.stream()
                .map(timer -> Duration.ofNanos(timer.at - now))
                .sorted()
                .toList();
    }

    /** Lets time pass; what becomes due runs in order. */
    public void pass(Duration time) {
        long end = now + time.toNanos();
        while (true) {
            Timer next = timers.stream()
                    .min(Comparator.comparingLong(timer -> timer.at - now))
                    .filter(timer -> timer.at - end <= 0)
                    .orElse(null);
            if (next == null) {
                now = end;
                return;
            }
            timers.remove(next);
            now = next.at;
            running = next;
            next.task.run();
            running = null;
        }
    }

    /** Takes the next timer as one that fires in another thread just now: it can no longer be cancelled. */
    public Runnable fireNext() {
        Timer next = timers.stream()
                .min(Comparator.comparingLong(timer -> timer.at - now))
                .orElseThrow();
        timers.remove(next);
        return next.task;
    }
}
