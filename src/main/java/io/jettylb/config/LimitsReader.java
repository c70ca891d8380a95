package io.jettylb.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads how much a pool takes on, and when the server sheds. */
final class LimitsReader {

    /** More than any server holds open. */
    static final int MAX_REQUESTS = 1_000_000;

    /** What written blocks leave out; a pool has only those that it writes. The size of a queue has no default. */
    static final LimitsConfig DEFAULT = new LimitsConfig(
            UpstreamConfig.UNLIMITED,
            new QueueConfig(0, Duration.ofSeconds(5)),
            new AdaptiveConcurrencyConfig(20, 1000, 100, 1.5, Duration.ofSeconds(1)),
            new BreakerConfig(0.9, 20, Duration.ofSeconds(10), Duration.ofSeconds(5), 3));

    private static final Vocabulary QUEUE = new Vocabulary(
            List.of("size", "timeout"),
            Set.of(),
            Vocabulary.words(
                    "max, maxqueue, max-queue, max-queue-size, queue-size, limit, length, capacity, max-pending,"
                            + " max-pending-requests, pending > size",
                    "timeout-queue, queue-timeout, max-wait, wait, wait-timeout, max-wait-duration > timeout"));

    private static final Vocabulary ADAPTIVE = new Vocabulary(
            List.of("min-limit", "max-limit", "initial-limit", "tolerance", "window"),
            Set.of(),
            Vocabulary.words(
                    "min, min-concurrency > min-limit",
                    "max, max-concurrency, max-concurrency-limit, limit > max-limit",
                    "initial, initial-concurrency, start > initial-limit",
                    "rtt-tolerance, buffer > tolerance",
                    "concurrency-update-interval, update-interval, interval, sample-window > window"));

    private static final Vocabulary BREAKER = new Vocabulary(
            List.of("failure-rate", "min-requests", "window", "open", "trials"),
            Set.of(),
            Vocabulary.words(
                    "failure-rate-threshold, threshold, expression, failure-threshold, error-rate > failure-rate",
                    "min-calls, minimum-number-of-calls, volume, minimum-requests, request-volume > min-requests",
                    "check-period, sliding-window-size, interval, period > window",
                    "fallback-duration, wait-duration-in-open-state, open-duration, sleep, delay, timeout > open",
                    "permitted-number-of-calls-in-half-open-state, half-open, half-open-requests, probes > trials"));

    private static final Vocabulary SHED = new Vocabulary(
            List.of("low-resources", "threads", "heap", "interval"),
            Set.of(),
            Vocabulary.words(
                    "low-resource-monitor, lowresources, low-resource > low-resources",
                    "thread-pool, utilization, max-threads, pool > threads",
                    "memory, max-memory, heap-usage, max-heap > heap",
                    "period, every, check-interval, refresh-interval > interval"));

    private LimitsReader() {}

    static LimitsConfig read(Section section, LimitsConfig fallback) {
        return new LimitsConfig(
                section.integer("max-requests", 1, MAX_REQUESTS, fallback.maxRequests()),
                section.section("queue")
                        .map(block -> queue(block, fallback.queue()))
                        .orElse(fallback.queue()),
                section.section("adaptive-concurrency")
                        .map(block -> adaptive(block, fallback.adaptive()))
                        .orElse(fallback.adaptive()),
                section.section("breaker")
                        .map(block -> breaker(block, fallback.breaker()))
                        .orElse(fallback.breaker()));
    }

    /** What of it holds for a pool: that whose block it writes. */
    static LimitsConfig of(Section pool, LimitsConfig read) {
        Optional<Section> queue = pool.has("queue") ? pool.section("queue") : Optional.empty();
        boolean sized = read.queue().size() > 0;
        if (queue.isPresent() && !sized && !queue.get().has("size")) {
            pool.problems()
                    .missing(
                            queue.get().place(),
                            Display.child(queue.get().path(), "size"),
                            "how many requests may wait, such as 100");
        }
        return new LimitsConfig(
                read.maxRequests(),
                queue.isPresent() && sized ? read.queue() : null,
                pool.has("adaptive-concurrency") ? read.adaptive() : null,
                pool.has("breaker") ? read.breaker() : null);
    }

    static ShedConfig shed(Section block) {
        block.checkKeys(SHED);
        ShedConfig fallback = ShedConfig.DEFAULT;
        return new ShedConfig(
                block.bool("low-resources", fallback.lowResources()),
                block.decimal("threads", 0, 1, fallback.threads()),
                block.decimal("heap", 0, 1, fallback.heap()),
                block.duration("interval", fallback.interval()));
    }

    private static QueueConfig queue(Section block, QueueConfig fallback) {
        block.checkKeys(QUEUE);
        return new QueueConfig(
                block.integer("size", 0, MAX_REQUESTS, fallback.size()), block.duration("timeout", fallback.timeout()));
    }

    private static AdaptiveConcurrencyConfig adaptive(Section block, AdaptiveConcurrencyConfig fallback) {
        block.checkKeys(ADAPTIVE);
        int min = block.integer("min-limit", 1, MAX_REQUESTS, fallback.minLimit());
        int max = block.integer("max-limit", 1, MAX_REQUESTS, Math.max(min, fallback.maxLimit()));
        if (max < min) {
            block.setting("max-limit").ifPresent(s -> block.problems().add(s, "min-limit or more, which is " + min));
        }
        int within = Math.min(Math.max(fallback.initialLimit(), min), max);
        int initial = block.integer("initial-limit", 1, MAX_REQUESTS, within);
        if (max >= min && (initial < min || initial > max)) {
            block.setting("initial-limit")
                    .ifPresent(s -> block.problems().add(s, "min-limit to max-limit, which is " + min + ".." + max));
        }
        return new AdaptiveConcurrencyConfig(min, max, initial, tolerance(block, fallback), window(block, fallback));
    }

    private static double tolerance(Section block, AdaptiveConcurrencyConfig fallback) {
        return block.decimal("tolerance", 1, 100, fallback.tolerance());
    }

    private static Duration window(Section block, AdaptiveConcurrencyConfig fallback) {
        Duration window = block.duration("window", fallback.window());
        if (window.toMillis() < 100) {
            block.setting("window").ifPresent(s -> block.problems().add(s, "100ms to 1d"));
        }
        return window;
    }

    private static BreakerConfig breaker(Section block, BreakerConfig fallback) {
        block.checkKeys(BREAKER);
        double rate = block.decimal("failure-rate", 0, 1, fallback.failureRate());
        if (rate == 0) {
            block.setting("failure-rate").ifPresent(s -> block.problems().add(s, "above 0, at most 1"));
        }
        return new BreakerConfig(
                rate,
                block.integer("min-requests", 1, MAX_REQUESTS, fallback.minRequests()),
                block.duration("window", fallback.window()),
                block.duration("open", fallback.open()),
                block.integer("trials", 1, 1000, fallback.trials()));
    }
}
