package io.jettylb.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as an operator writes them: a number and a unit of HOCON, {@code 10s} or {@code 1.5 minutes}. */
public final class DurationText {

    private static final Pattern DURATION = Pattern.compile("([+-]?\\d{1,30}(?:\\.\\d{1,30})?)\\s*([a-zA-Z]*)");
    private static final BigDecimal MOST_NANOS =
            BigDecimal.valueOf(Duration.ofDays(1).toNanos());
    private static final BigDecimal LEAST_NANOS = BigDecimal.valueOf(1_000_000);

    private static final Map<String, Long> SINGULAR = Map.of(
            "nano", 1L,
            "nanosecond", 1L,
            "micro", 1_000L,
            "microsecond", 1_000L,
            "milli", 1_000_000L,
            "millisecond", 1_000_000L,
            "second", 1_000_000_000L,
            "minute", 60_000_000_000L,
            "hour", 3_600_000_000_000L,
            "day", 86_400_000_000_000L);
    private static final Map<String, Long> SHORT = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L,
            "d", 86_400_000_000_000L);

    private DurationText() {}

    /**
     * Reads a duration with a unit: zero, or from a millisecond to a day. Finer ones would become zero where clocks are
     * coarse, and zero often means without limit.
     *
     * @param text as it was written
     * @param zeroAllowed whether zero will do
     * @return the duration; empty if the text is none, has no unit or is out of range
     */
    public static Optional<Duration> parse(String text, boolean zeroAllowed) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Long unit = unit(matcher.group(2));
        if (unit == null) {
            return Optional.empty();
        }
        BigDecimal nanos = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
        if (nanos.signum() == 0) {
            return zeroAllowed ? Optional.of(Duration.ZERO) : Optional.empty();
        }
        boolean inRange = nanos.compareTo(LEAST_NANOS) >= 0 && nanos.compareTo(MOST_NANOS) <= 0;
        return inRange ? Optional.of(Duration.ofNanos(nanos.longValue())) : Optional.empty();
    }

    private static Long unit(String name) {
        if (SHORT.containsKey(name)) {
            return SHORT.get(name);
        }
        boolean plural = name.length() > 1 && name.endsWith("s");
        return SINGULAR.get(plural ? name.substring(0, name.length() - 1) : name);
    }
}
