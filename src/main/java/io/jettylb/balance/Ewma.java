package io.jettylb.balance;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongBinaryOperator;

/**
 * Moving averages whose weights fall exponentially with time: an observation that is {@code t} old counts {@code
 * e^(-t/decay)} of a new one, however many came in between.
 *
 * <pre>
 * w = e^(-(now - last)/decay)        average' = average * w + observation * (1 - w)
 * </pre>
 *
 * The first observation is the average. Where {@code peak} is asked for, an observation above the average becomes the
 * average at once (Finagle's peak EWMA), so that only what gets better is believed slowly. A {@code gain} is the least
 * weight of an observation: without one, an average over ten seconds at a thousand observations a second would hardly
 * move for any of them.
 *
 * <p>Safe for any number of threads, without lock or allocation. An observation first claims the time since the one
 * before, which no other can claim, too, and then changes the average by compare-and-set; so none is lost and no time
 * counts twice. Who reads between the two steps sees the old average not yet decayed by that time: for an instant it is a
 * little too high, and nobody is hurt.
 */
final class Ewma {

    private static final LongBinaryOperator LATER = (a, b) -> b - a > 0 ? b : a;
    private static final long UNSET = Double.doubleToRawLongBits(Double.NaN);
    /** Steps in which a halving is written down. */
    private static final int STEPS = 256;
    /** What is left after so many steps; between two of them a line is right to a millionth. */
    private static final double[] LEFT = new double[STEPS + 2];

    static {
        for (int i = 0; i < LEFT.length; i++) {
            LEFT[i] = Math.pow(2, -(double) i / STEPS);
        }
    }

    private final double decayNanos;
    private final double halvingsPerNano;
    private final double leastGain;
    private final boolean peak;
    /** Of each average its bits, and after them when it was last observed. */
    private final AtomicLongArray state;

    /**
     * Averages without a value yet.
     *
     * @param count how many, 1 or more; they share this object only to keep memory small
     * @param decayNanos after this time an observation counts 37 % of a new one
     * @param leastGain the least weight of an observation, 0 to 1
     * @param peak whether a higher observation becomes the average at once
     */
    Ewma(int count, long decayNanos, double leastGain, boolean peak) {
        this.decayNanos = decayNanos;
        this.halvingsPerNano = 1 / (decayNanos * Math.log(2));
        this.leastGain = leastGain;
        this.peak = peak;
        this.state = new AtomicLongArray(2 * count);
        for (int i = 0; i < count; i++) {
            state.set(2 * i, UNSET);
        }
    }

    int count() {
        return state.length() / 2;
    }

    void observe(int index, double observation, long now) {
        long since = now - state.getAndAccumulate(2 * index + 1, now, LATER);
        double kept = Math.min(since <= 0 ? 1 : Math.exp(-since / decayNanos), 1 - leastGain);
        while (true) {
            long bits = state.get(2 * index);
            double average = Double.longBitsToDouble(bits);
            if (Double.isNaN(average)) {
                // Nothing to compare the time with before: it may be later than a clock that is below zero.
                state.set(2 * index + 1, now);
            }
            boolean replaced = Double.isNaN(average) || peak && observation > average;
            double next = replaced ? observation : average * kept + observation * (1 - kept);
            if (state.compareAndSet(2 * index, bits, Double.doubleToRawLongBits(next))) {
                return;
            }
        }
    }

    boolean isSet(int index) {
        return state.get(2 * index) != UNSET;
    }

    /** The average as of its last observation; 0 if there was none. */
    double last(int index) {
        double average = Double.longBitsToDouble(state.get(2 * index));
        return Double.isNaN(average) ? 0 : average;
    }

    /** The average, fading while nothing is observed: what was long ago says little of now. 0 if there was none. */
    double at(int index, long now) {
        double average = last(index);
        return average == 0 ? 0 : average * faded(sinceLast(index, now));
    }

    /** Nanoseconds since the last observation; meaningless if there was none. */
    long sinceLast(int index, long now) {
        return now - state.get(2 * index + 1);
    }

    /** {@code e^(-nanos/decay)}, right to a millionth: several times as fast as the exact one, and asked for at each pick. */
    private double faded(long nanos) {
        if (nanos <= 0) {
            return 1;
        }
        double halvings = nanos * halvingsPerNano;
        if (halvings > 1_000) {
            return 0;
        }
        int whole = (int) halvings;
        double step = (halvings - whole) * STEPS;
        int index = (int) step;
        double left = LEFT[index] + (LEFT[index + 1] - LEFT[index]) * (step - index);
        return left * Double.longBitsToDouble((long) (Double.MAX_EXPONENT - whole) << 52);
    }
}
