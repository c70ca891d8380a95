package io.jettylb.balance;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Picks from a few probed candidates by the hot/cold rule, as {@link Prequal} tells. A slot holds the index of a candidate;
 * the probe itself is the candidate's {@link ProbedLoad}, so that there is one of each candidate, the latest.
 *
 * <p>Slots change by compare-and-set, and whoever loses does nothing. No lock, and no allocation after construction but for
 * questions that are sent.
 */
final class ProbePool implements Picker {

    /** With fewer probes than this a choice between them is none. */
    private static final int FEWEST = 2;

    /** What is the same for all lists of one strategy. */
    record Rules(int size, double probeRate, double removeRate, double quantile) {
        /**
         * How many requests a probe may lead to, on average: the paper's b_reuse with delta 1. Where the pool is as large as
         * the list, probes replace each other and need not last for a number of uses.
         */
        double reuse(int candidates) {
            double gained = (1 - (double) size / candidates) * probeRate - removeRate;
            return gained > 0 ? Math.max(1, 2 / gained) : Integer.MAX_VALUE;
        }
    }

    private final Rules rules;
    private final ResponseTimes pool;
    private final RecentLoads loads;
    private final Prequal.Asked asked;

    private final Supplier<RandomGenerator> random;
    private final Candidate[] candidates;
    private final ProbedLoad[] probed;
    private final int[] weights;
    private final double meanWeight;
    private final double reuse;
    private final Picker otherwise;
    /** An index plus one; 0: empty. */
    private final AtomicIntegerArray slots;
    /** By index: whether it is in a slot, or about to be. */
    private final AtomicIntegerArray seated;

    private final AtomicInteger removals = new AtomicInteger();

    ProbePool(
            List<? extends Candidate> candidates,
            Rules rules,
            ResponseTimes pool,
            PerUpstream<ProbedLoad> known,
            RecentLoads loads,
            Prequal.Asked asked,
            Supplier<RandomGenerator> random) {
        this.rules = rules;
        this.pool = pool;
        this.loads = loads;
        this.asked = asked;
        this.random = random;
        this.candidates = candidates.toArray(new Candidate[0]);
        this.probed = candidates.stream().map(known::of).toArray(ProbedLoad[]::new);
        this.weights = WeightedCycle.reducedWeights(candidates);
        long sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        this.meanWeight = (double) sum / weights.length;
        this.reuse = rules.reuse(weights.length);
        this.otherwise = new DrawnChoices(candidates, 2, random);
        this.slots = new AtomicIntegerArray(Math.min(rules.size(), probed.length));
        this.seated = new AtomicIntegerArray(probed.length);
        long now = pool.now();
        for (int i = 0, seats = 0; i < probed.length && seats < slots.length(); i++) {
            if (probed[i].fresh(now)) {
                seat(i, now);
                seats++;
            }
        }
    }

    @Override
    public int pick(long hash, int attempt) {
        if (probed.length == 1) {
            return 0;
        }
        RandomGenerator generator = random.get();
        long now = pool.now();
        sendProbes(generator, now);
        int limit = loads.quantile(rules.quantile());
        int slot = choose(limit, generator, now, 0);
        if (attempt == 1 && slot >= 0) {
            // Who comes next, by the same rule: of those who are idlest one may be failing fast.
            slot = choose(limit, generator, now, slots.get(slot));
        }
        if (slot < 0) {
            return otherwise.pick(hash, attempt);
        }
        int seat = slots.get(slot);
        if (seat == 0) {
            // Somebody else has just used it up.
            return otherwise.pick(hash, attempt);
        }
        if (!probed[seat - 1].use()) {
            leave(slot, seat);
        }
        for (int i = atRandom(rules.removeRate(), generator); i > 0; i--) {
            remove(limit, now);
        }
        return seat - 1;
    }

    /** Different ones, each as likely as any other: every so many from a random start. */
    private void sendProbes(RandomGenerator generator, long now) {
        int count = Math.min(atRandom(rules.probeRate(), generator), probed.length);
        if (count == 0) {
            return;
        }
        int index = generator.nextInt(probed.length);
        int step = count == 1 ? 1 : 1 + generator.nextInt(Math.max(1, (probed.length - 1) / (count - 1)));
        for (int i = 0; i < count; i++) {
            probe(index, generator, now);
            index = (index + step) % probed.length;
        }
    }

    private void probe(int index, RandomGenerator generator, long now) {
        LoadProbes probes = asked.probes;
        if (probes == null) {
            take(index, generator, now);
        } else {
            ask(probes, index);
        }
    }

    /** Apart, so that nothing is allocated for a lambda that is not needed. */
    private void ask(LoadProbes probes, int index) {
        probes.probe(probed[index].id(), report -> {
            probed[index].reported(report);
            take(index, random.get(), pool.now());
        });
    }

    private void take(int index, RandomGenerator generator, long now) {
        int inFlight = probed[index].probe(now, atRandom(reuse, generator));
        loads.add(perWeight(index, inFlight));
        seat(index, now);
    }

    /** A whole number with the given mean. */
    private static int atRandom(double mean, RandomGenerator generator) {
        int whole = (int) mean;
        double rest = mean - whole;
        return rest > 0 && generator.nextDouble() < rest ? whole + 1 : whole;
    }

    private double perWeight(int index, double load) {
        return load * meanWeight / weights[index];
    }

    private void seat(int index, long now) {
        if (seated.get(index) == 1 || !seated.compareAndSet(index, 0, 1)) {
            return;
        }
        int oldest = 0;
        long age = Long.MIN_VALUE;
        for (int slot = 0; slot < slots.length(); slot++) {
            int seat = slots.get(slot);
            if (seat == 0 && slots.compareAndSet(slot, 0, index + 1)) {
                return;
            }
            if (seat > 0 && probed[seat - 1].age(now) > age) {
                oldest = slot;
                age = probed[seat - 1].age(now);
            }
        }
        int seat = slots.get(oldest);
        if (slots.compareAndSet(oldest, seat, index + 1)) {
            if (seat > 0) {
                seated.set(seat - 1, 0);
            }
        } else {
            seated.set(index, 0);
        }
    }

    private void leave(int slot, int seat) {
        if (slots.compareAndSet(slot, seat, 0)) {
            seated.set(seat - 1, 0);
        }
    }

    /** The best slot: a cold one with the least latency, else the one with the least load; -1 if there are too few. */
    private int choose(int limit, RandomGenerator generator, long now, int leftOut) {
        int best = -1;
        boolean bestIsCold = false;
        double least = 0;
        int tiedWeight = 0;
        int found = 0;
        for (int slot = 0; slot < slots.length(); slot++) {
            int seat = slots.get(slot);
            if (seat == 0 || seat == leftOut) {
                continue;
            }
            ProbedLoad probe = probed[seat - 1];
            if (!probe.fresh(now)) {
                leave(slot, seat);
                continue;
            }
            if (candidates[seat - 1].inFlight() >= candidates[seat - 1].maxRequests()) {
                continue;
            }
            found++;
            double load = perWeight(seat - 1, probe.load());
            boolean cold = RecentLoads.bucket(load) <= limit;
            double figure = cold ? probe.latency() : load;
            int weight = weights[seat - 1];
            if (best < 0 || cold && !bestIsCold || cold == bestIsCold && figure < least) {
                best = slot;
                bestIsCold = cold;
                least = figure;
                tiedWeight = weight;
            } else if (cold == bestIsCold && figure == least) {
                tiedWeight += weight;
                if (generator.nextInt(tiedWeight) < weight) {
                    best = slot;
                }
            }
        }
        return found < (leftOut == 0 ? FEWEST : 1) ? -1 : best;
    }

    /** Takes out the worst and the oldest in turns: what nobody wants to use would stay until it is too old, otherwise. */
    private void remove(int limit, long now) {
        boolean worst = (removals.getAndIncrement() & 1) == 0;
        int chosen = -1;
        boolean chosenIsHot = false;
        double most = 0;
        int found = 0;
        for (int slot = 0; slot < slots.length(); slot++) {
            int seat = slots.get(slot);
            if (seat == 0) {
                continue;
            }
            found++;
            ProbedLoad probe = probed[seat - 1];
            double load = perWeight(seat - 1, probe.load());
            boolean hot = worst && RecentLoads.bucket(load) > limit;
            double figure = hot ? load : worst ? probe.latency() : probe.age(now);
            if (chosen < 0 || hot && !chosenIsHot || hot == chosenIsHot && figure > most) {
                chosen = slot;
                chosenIsHot = hot;
                most = figure;
            }
        }
        if (found > FEWEST) {
            int seat = slots.get(chosen);
            if (seat > 0) {
                leave(chosen, seat);
            }
        }
    }

    /** The candidates in the pool, for tests. */
    List<Integer> seats() {
        return IntStream.range(0, slots.length())
                .map(slots::get)
                .filter(seat -> seat > 0)
                .mapToObj(seat -> seat - 1)
                .toList();
    }

    /** Whether a candidate is marked as being in the pool, for tests. */
    boolean seated(int index) {
        return seated.get(index) == 1;
    }
}
