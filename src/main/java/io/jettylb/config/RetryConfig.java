package io.jettylb.config;

import java.time.Duration;

/**
 * When a failed attempt is repeated, and how often.
 *
 * @param attempts how many attempts a request gets in total, the first one included: 1 to 100, 1 means no retry
 * @param on what is repeated at all
 * @param nonIdempotent whether also requests are repeated whose repetition may change something
 * @param buffer how many bytes of a request's content are kept to be sent again, 0 to {@value #MAX_BUFFER}; 0: none
 * @param perTryTimeout for how long an attempt may go without the head of a response while another one is possible; zero:
 *     as long as the pool's timeouts allow
 * @param backoff how long to wait before an upstream is asked again
 * @param budget how many retries and hedges there may be beside the other traffic
 * @param hedge when a second attempt begins while the first one is under way
 */
public record RetryConfig(
        int attempts,
        RetryConditions on,
        boolean nonIdempotent,
        int buffer,
        Duration perTryTimeout,
        BackoffConfig backoff,
        RetryBudgetConfig budget,
        HedgeConfig hedge) {

    /** The largest buffer, in bytes. */
    public static final int MAX_BUFFER = 64 * 1024 * 1024;

    /** What holds where nothing is written. */
    public static final RetryConfig DEFAULT = new RetryConfig(3);

    /**
     * The defaults with another number of attempts.
     *
     * @param attempts how many in total, 1 to 100
     */
    public RetryConfig(int attempts) {
        this(
                attempts,
                RetryConditions.DEFAULT,
                false,
                64 * 1024,
                Duration.ZERO,
                new BackoffConfig(Duration.ofMillis(25), Duration.ofMillis(250), Duration.ofSeconds(1)),
                new RetryBudgetConfig(0.2, 3),
                HedgeConfig.OFF);
    }

    /**
     * The same with other conditions.
     *
     * @param other what is repeated at all
     * @return the rules
     */
    public RetryConfig with(RetryConditions other) {
        return new RetryConfig(attempts, other, nonIdempotent, buffer, perTryTimeout, backoff, budget, hedge);
    }

    /**
     * The same with another budget.
     *
     * @param other how many retries there may be
     * @return the rules
     */
    public RetryConfig with(RetryBudgetConfig other) {
        return new RetryConfig(attempts, on, nonIdempotent, buffer, perTryTimeout, backoff, other, hedge);
    }

    /**
     * The same with other second attempts.
     *
     * @param other when they begin
     * @return the rules
     */
    public RetryConfig with(HedgeConfig other) {
        return new RetryConfig(attempts, on, nonIdempotent, buffer, perTryTimeout, backoff, budget, other);
    }

    /**
     * The same with other pauses.
     *
     * @param other how long to wait
     * @return the rules
     */
    public RetryConfig with(BackoffConfig other) {
        return new RetryConfig(attempts, on, nonIdempotent, buffer, perTryTimeout, other, budget, hedge);
    }

    /**
     * The same with another timeout for each attempt.
     *
     * @param other zero: none
     * @return the rules
     */
    public RetryConfig withPerTryTimeout(Duration other) {
        return new RetryConfig(attempts, on, nonIdempotent, buffer, other, backoff, budget, hedge);
    }

    /**
     * The same for requests of all methods.
     *
     * @return the rules
     */
    public RetryConfig withNonIdempotent() {
        return new RetryConfig(attempts, on, true, buffer, perTryTimeout, backoff, budget, hedge);
    }

    /**
     * The same with another buffer.
     *
     * @param bytes 0 to {@value #MAX_BUFFER}
     * @return the rules
     */
    public RetryConfig withBuffer(int bytes) {
        return new RetryConfig(attempts, on, nonIdempotent, bytes, perTryTimeout, backoff, budget, hedge);
    }
}
