package io.jettylb.config;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads single values. The library's own conversions are too kind for a configuration that is to be validated: they
 * truncate fractions, take a bare number for milliseconds and make lists from blocks.
 */
final class Scalars {

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,30}(\\.\\d{1,30})?([eE][+-]?\\d{1,3})?");
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

    private Scalars() {}

    static boolean isText(ConfigValue value) {
        ConfigValueType type = value.valueType();
        return type == ConfigValueType.STRING || type == ConfigValueType.NUMBER || type == ConfigValueType.BOOLEAN;
    }

    /** A scalar as it was written: what looks like a number may be a name. */
    static String text(ConfigValue value) {
        return value.atKey("value").getString("value");
    }

    /** A whole number; also from a string, because that is what the environment has. */
    static Optional<Integer> integer(ConfigValue value, int min, int max) {
        return number(value, min, max)
                .filter(number -> number.stripTrailingZeros().scale() <= 0)
                .map(BigDecimal::intValueExact);
    }

    /** A number that may be a fraction; also from a string. */
    static Optional<Double> decimal(ConfigValue value, int min, int max) {
        return number(value, min, max).map(BigDecimal::doubleValue);
    }

    private static Optional<BigDecimal> number(ConfigValue value, int min, int max) {
        if (value.valueType() != ConfigValueType.NUMBER && value.valueType() != ConfigValueType.STRING) {
            return Optional.empty();
        }
        String text = text(value).strip();
        if (!NUMBER.matcher(text).matches()) {
            return Optional.empty();
        }
        BigDecimal number = new BigDecimal(text);
        boolean inRange =
                number.compareTo(BigDecimal.valueOf(min)) >= 0 && number.compareTo(BigDecimal.valueOf(max)) <= 0;
        return inRange ? Optional.of(number) : Optional.empty();
    }

    /** True or false; also in the words that HOCON takes for them. */
    static Optional<Boolean> bool(ConfigValue value) {
        if (value.valueType() != ConfigValueType.BOOLEAN && value.valueType() != ConfigValueType.STRING) {
            return Optional.empty();
        }
        return switch (text(value)) {
            case "true", "yes", "on" -> Optional.of(true);
            case "false", "no", "off" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    /** Whether the value is a number without a unit where a duration is wanted. */
    static boolean isBareNumber(ConfigValue value) {
        return isText(value) && NUMBER.matcher(text(value).strip()).matches();
    }

    /** A duration with a unit, zero or from a millisecond to a day: finer ones would become zero, without limit. */
    static Optional<Duration> duration(ConfigValue value, boolean zeroAllowed) {
        if (value.valueType() != ConfigValueType.STRING) {
            return Optional.empty();
        }
        Matcher matcher = DURATION.matcher(text(value).strip());
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
