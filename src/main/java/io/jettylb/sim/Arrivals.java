package io.jettylb.sim;

import java.util.random.RandomGenerator;

/**
 * When requests come: an open loop, whoever is waiting for an answer. Either a Poisson process, or one that is switched
 * between a high and a low rate at random (a Markov-modulated Poisson process) with the same mean.
 */
final class Arrivals {

    /** A burst lasts a second on average, a quarter of the time. */
    private static final double BURST_NANOS = 1e9;

    private static final double CALM_NANOS = 3e9;
    private static final double BURST_RATE = 2.2;
    private static final double CALM_RATE = 0.6;

    private final double perNano;
    private final boolean bursty;
    private final RandomGenerator random;
    private boolean burst;
    private double phaseEnds;
    private double now;

    Arrivals(double perSecond, boolean bursty, RandomGenerator random) {
        this.perNano = perSecond / 1e9;
        this.bursty = bursty;
        this.random = random;
        this.phaseEnds = bursty ? exponential(CALM_NANOS) : Double.POSITIVE_INFINITY;
    }

    /** The time of the next one, in nanoseconds since the beginning. */
    long next() {
        double next = now + exponential(1 / rate());
        while (next > phaseEnds) {
            // Memoryless: what was drawn for the other rate can be forgotten.
            now = phaseEnds;
            burst = !burst;
            phaseEnds = now + exponential(burst ? BURST_NANOS : CALM_NANOS);
            next = now + exponential(1 / rate());
        }
        now = next;
        return (long) next;
    }

    private double rate() {
        if (!bursty) {
            return perNano;
        }
        return perNano * (burst ? BURST_RATE : CALM_RATE);
    }

    private double exponential(double mean) {
        return mean * ServiceTime.EXPONENTIAL.draw(random);
    }
}
