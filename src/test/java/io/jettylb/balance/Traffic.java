package io.jettylb.balance;

import io.jettylb.kit.Fixtures;
import io.jettylb.kit.Fixtures.Upstream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Requests in virtual time: they arrive at random, are balanced by one strategy, and are answered as each upstream's
 * behaviour says. The strategy is told as the pool tells it.
 */
final class Traffic {

    static final int FAILED = 0;
    static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    /** How an upstream answers: after how long, and with what status, {@link #FAILED} for none. */
    record Reply(double millis, int status) {}

    /** Decides on a reply when the request arrives, with that many others in flight. */
    interface Behaviour {
        Reply reply(int others);
    }

    private record Event(long at, long order, Runnable what) {}

    final List<Upstream> upstreams;
    final List<Observer> observers = new ArrayList<>();
    final List<Behaviour> behaviours;
    final Strategy strategy;
    final SplittableRandom random = new SplittableRandom(1);
    long now = 1_000_000_000_000L;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    private long order;
    private int[] picks;

    Traffic(StrategyProvider provider, Map<String, Object> options, Behaviour... behaviours) {
        this(provider, options, Fixtures.equal(behaviours.length), behaviours);
    }

    Traffic(StrategyProvider provider, Map<String, Object> options, List<Upstream> upstreams, Behaviour... behaviours) {
        this.upstreams = upstreams;
        this.behaviours = new ArrayList<>(List.of(behaviours));
        this.strategy = provider.create(new StrategyContext(options, () -> random, () -> now));
        upstreams.forEach(upstream -> observers.add(strategy.observerOf(upstream)));
    }

    static Behaviour steady(double millis) {
        return others -> new Reply(millis, 200);
    }

    static Behaviour failing(double millis, int status) {
        return others -> new Reply(millis, status);
    }

    /** Sends for a while, and waits for nothing. Gives how many each upstream got. */
    int[] run(double seconds, double perSecond) {
        Picker picker = strategy.pickerFor(upstreams);
        picks = new int[upstreams.size()];
        long end = now + (long) (seconds * 1e9);
        arrive(picker, perSecond, end);
        while (!events.isEmpty() && events.peek().at <= end) {
            Event next = events.poll();
            now = next.at;
            next.what.run();
        }
        now = end;
        return picks;
    }

    private void arrive(Picker picker, double perSecond, long end) {
        long at = now + (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
        if (at <= end) {
            schedule(at, () -> {
                int index = picker.pick(0, 0);
                picks[index]++;
                send(index);
                arrive(picker, perSecond, end);
            });
        }
    }

    private void send(int index) {
        Upstream upstream = upstreams.get(index);
        Observer observer = observers.get(index);
        long began = now;
        Reply reply = behaviours.get(index).reply(upstream.inFlight);
        upstream.inFlight++;
        observer.began();
        schedule(now + (long) (reply.millis * MILLI), () -> {
            if (reply.status != FAILED) {
                observer.responded(now - began, reply.status);
            }
            upstream.inFlight--;
            observer.ended(now - began, reply.status == FAILED ? Observer.Ending.FAILED : Observer.Ending.COMPLETE);
        });
    }

    private void schedule(long at, Runnable what) {
        events.add(new Event(at, order++, what));
    }
}
