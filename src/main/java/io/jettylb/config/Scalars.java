package io.jettylb.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads single values. The library's own conversions are too kind for a configuration that is to be validated: they
 * truncate fractions, take a bare number for milliseconds and make lists from blocks.
 */
final class Scalars {

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,30}(\\.\\d{1,30})?([eE][+-]?\\d{1,3})?");

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
        return DurationText.parse(text(value), zeroAllowed);
    }

    /** A size with a unit of HOCON (64KiB, 1MB), or a bare zero. */
    static Optional<Integer> bytes(ConfigValue value, int max) {
        boolean number = isBareNumber(value);
        if (!isText(value) || value.valueType() == ConfigValueType.BOOLEAN || number && !isZero(value)) {
            return Optional.empty();
        }
        try {
            long bytes = value.atKey("value").getBytes("value");
            return bytes >= 0 && bytes <= max ? Optional.of((int) bytes) : Optional.empty();
        } catch (ConfigException notASize) {
            return Optional.empty();
        }
    }

    private static boolean isZero(ConfigValue value) {
        return new BigDecimal(text(value).strip()).signum() == 0;
    }
}
