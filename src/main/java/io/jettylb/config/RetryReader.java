package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads when failed attempts are repeated. */
final class RetryReader {

    static final Vocabulary KEYS = new Vocabulary(
            List.of(
                    "attempts",
                    "on",
                    "non-idempotent",
                    "buffer",
                    "per-try-timeout",
                    "hedge-after",
                    "backoff",
                    "max-backoff",
                    "max-retry-after",
                    "budget",
                    "budget-min"),
            Set.of(),
            Vocabulary.words(
                    "retries, max-retries, tries, num-retries, count, max, proxy-next-upstream-tries, retry-attempts,"
                            + " maxattempts > attempts" + Vocabulary.FIRST_COUNTS,
                    "retry-on, proxy-next-upstream, conditions, statuses, status, retriable-status-codes,"
                            + " retryable-status-codes, when > on",
                    "retry-non-idempotent-method, retry-non-idempotent, all-methods, unsafe > non-idempotent",
                    "methods, retry-methods, idempotent > non-idempotent",
                    "request-buffers, buffer-size, replay, max-request-body-bytes, tune-bufsize > buffer",
                    "timeout, try-timeout, per-try-idle-timeout, proxy-next-upstream-timeout, attempt-timeout"
                            + " > per-try-timeout",
                    "hedge, hedging, hedging-delay, hedge-delay, hedge-policy, hedge-on-per-try-timeout, speculative,"
                            + " speculative-execution > hedge-after",
                    "base-interval, initial-interval, retry-back-off, retry-backoff, interval, delay, try-interval"
                            + " > backoff",
                    "max-interval, backoff-max > max-backoff",
                    "retry-after, retry-after-max, rate-limited-retry-back-off > max-retry-after",
                    "budget-percent, retry-budget > budget",
                    "min-retry-concurrency, min-retries, budget-minimum, min > budget-min"));

    private static final String CONDITIONS =
            "connect-failure, reset-before-response, timeout, or a status or range of 400..599 such as \"502\" or"
                    + " \"502-504\"";
    private static final String LIST = "a list of " + CONDITIONS;
    private static final String HEDGE =
            "0s for off, a duration with a unit such as 50ms, or a percentile from p50 to p99.9 such as p95";
    private static final Pattern PERCENTILE = Pattern.compile("p([5-9]\\d(?:\\.\\d)?)");
    private static final Pattern STATUSES = Pattern.compile("([45]\\d\\d)(?:\\s*-\\s*([45]\\d\\d))?");
    private static final String SIZE = "a size with a unit, such as 64KiB, at most 64MiB, or 0 for none";

    /** The words of others, in our spelling. */
    private static final Map<String, String> PEERS = Vocabulary.words(
            "error > connect-failure, reset-before-response",
            "reset, empty-response, junk-response, invalid-header, http3-post-connect-failure > reset-before-response",
            "conn-failure, connect, connection-failure, refused-stream, reset-before-request > connect-failure",
            "response-timeout, gateway-timeout, per-try-timeout > timeout",
            "http-500 > \"500\"",
            "http-502 > \"502\"",
            "http-503 > \"503\"",
            "http-504 > \"504\"",
            "http-429 > \"429\"",
            "http-403 > \"403\"",
            "http-404 > \"404\"",
            "5xx > connect-failure, reset-before-response, timeout, \"500-599\"",
            "gateway-error > connect-failure, reset-before-response, timeout, \"502-504\"",
            "retriable-4xx > \"409\"",
            "4xx > \"400-499\"",
            "non-idempotent > non-idempotent = true",
            "all-retryable-errors > connect-failure, reset-before-response, timeout, \"500-504\"",
            "off, none, never > [], or attempts = 1");

    private RetryReader() {}

    static RetryConfig read(Section retry, RetryConfig fallback) {
        retry.checkKeys(KEYS);
        RetryConditions on = conditions(retry, fallback.on());
        int attempts = retry.integer("attempts", 1, 100, fallback.attempts());
        return new RetryConfig(
                attempts,
                on,
                retry.bool("non-idempotent", fallback.nonIdempotent()),
                buffer(retry, fallback.buffer()),
                perTryTimeout(retry, on, fallback.perTryTimeout()),
                backoff(retry, fallback.backoff()),
                new RetryBudgetConfig(
                        retry.decimal("budget", 0, 1, fallback.budget().share()),
                        retry.integer(
                                "budget-min", 0, 100_000, fallback.budget().min())),
                hedge(retry, attempts, fallback.hedge()));
    }

    private static HedgeConfig hedge(Section retry, int attempts, HedgeConfig fallback) {
        Optional<Setting> setting = retry.setting("hedge-after");
        if (setting.isEmpty()) {
            return fallback;
        }
        Matcher percentile = PERCENTILE.matcher(
                Scalars.isText(setting.get().value())
                        ? Scalars.text(setting.get().value()).strip()
                        : "");
        Optional<HedgeConfig> hedge = percentile.matches()
                ? Optional.of(new HedgeConfig(Duration.ZERO, Double.parseDouble(percentile.group(1)) / 100))
                : Scalars.duration(setting.get().value(), true).map(after -> new HedgeConfig(after, 0));
        if (hedge.isEmpty()) {
            retry.problems().add(setting.get(), HEDGE);
        } else if (attempts == 1 && hedge.get().isOn()) {
            // Without an effect, and nobody would notice.
            retry.problems().add(setting.get(), "0s, or retry.attempts of 2 and more");
        }
        return hedge.orElse(fallback);
    }

    private static Duration perTryTimeout(Section retry, RetryConditions on, Duration fallback) {
        Duration timeout = retry.off("per-try-timeout", fallback);
        if (!timeout.isZero() && !on.timeout()) {
            // Without an effect, and nobody would notice before it is needed.
            retry.setting("per-try-timeout").ifPresent(s -> retry.problems().add(s, "0s, or timeout among retry.on"));
        }
        return timeout;
    }

    private static BackoffConfig backoff(Section retry, BackoffConfig fallback) {
        Duration base = retry.duration("backoff", fallback.base());
        // Who lengthens the first wait alone must not be told that a default is now too short.
        Duration inherited = fallback.max().compareTo(base) < 0 ? base : fallback.max();
        Duration max = retry.duration("max-backoff", inherited);
        if (max.compareTo(base) < 0) {
            retry.setting("max-backoff")
                    .ifPresent(s -> retry.problems().add(s, "at least backoff, " + base.toMillis() + "ms"));
        }
        return new BackoffConfig(base, max, retry.off("max-retry-after", fallback.maxRetryAfter()));
    }

    private static int buffer(Section retry, int fallback) {
        Optional<Setting> setting = retry.setting("buffer");
        if (setting.isEmpty()) {
            return fallback;
        }
        Optional<Integer> bytes = Scalars.bytes(setting.get().value(), RetryConfig.MAX_BUFFER);
        if (bytes.isEmpty()) {
            retry.problems().add(setting.get(), SIZE);
        }
        return bytes.orElse(fallback);
    }

    private static RetryConditions conditions(Section retry, RetryConditions fallback) {
        Optional<Setting> setting = retry.setting("on");
        if (setting.isEmpty()) {
            return fallback;
        }
        if (!setting.get().is(ConfigValueType.LIST)) {
            if (!Scalars.isText(setting.get().value())) {
                retry.problems().add(setting.get(), LIST);
                return fallback;
            }
            return conditions(retry, List.of(setting.get()));
        }
        return conditions(retry, retry.members(setting.get()));
    }

    private static RetryConditions conditions(Section retry, List<Setting> members) {
        boolean connectFailure = false;
        boolean reset = false;
        boolean timeout = false;
        List<StatusRange> statuses = new ArrayList<>();
        for (Setting member : members) {
            String word = Scalars.isText(member.value())
                    ? Scalars.text(member.value()).strip()
                    : "";
            switch (word) {
                case "connect-failure" -> connectFailure = true;
                case "reset-before-response" -> reset = true;
                case "timeout" -> timeout = true;
                default ->
                    range(word)
                            .ifPresentOrElse(
                                    statuses::add, () -> retry.problems().add(member, CONDITIONS + meant(word)));
            }
        }
        return new RetryConditions(connectFailure, reset, timeout, List.copyOf(statuses));
    }

    private static String meant(String word) {
        String peer = PEERS.get(Suggestion.spelling(word));
        String meant = peer != null
                ? peer
                : Suggestion.nearest(word, List.of("connect-failure", "reset-before-response", "timeout"))
                        .orElse(null);
        return meant == null ? "" : "; did you mean " + meant + "?";
    }

    private static Optional<StatusRange> range(String word) {
        Matcher statuses = STATUSES.matcher(word);
        if (!statuses.matches()) {
            return Optional.empty();
        }
        int from = Integer.parseInt(statuses.group(1));
        int to = statuses.group(2) == null ? from : Integer.parseInt(statuses.group(2));
        return to < from ? Optional.empty() : Optional.of(new StatusRange(from, to));
    }
}
