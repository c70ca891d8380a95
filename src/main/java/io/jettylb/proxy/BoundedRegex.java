package io.jettylb.proxy;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * A regular expression whose search ends in bounded time. Java's tries all ways to match: a pattern such as
 * {@code (a|aa)+b} can take longer than the age of the universe for a text that an upstream chooses. Thread-safe.
 */
final class BoundedRegex {

    static final long LIMIT_MILLIS = 100;

    private static final int READS_BETWEEN_LOOKS = 1024;

    /** How a search ended. */
    enum Result {
        FOUND,
        ABSENT,
        TOO_LONG,
        TOO_DEEP
    }

    private final Pattern pattern;
    private final LongSupplier nanoClock;

    /**
     * A pattern.
     *
     * @param regex known to be right
     * @param nanoClock nanoseconds with an arbitrary start
     */
    BoundedRegex(String regex, LongSupplier nanoClock) {
        this.pattern = Pattern.compile(regex);
        this.nanoClock = nanoClock;
    }

    /** Whether some part of the text matches. */
    Result find(String text) {
        try {
            return pattern.matcher(new TimedText(text)).find() ? Result.FOUND : Result.ABSENT;
        } catch (OutOfTimeException late) {
            return Result.TOO_LONG;
        } catch (StackOverflowError deep) {
            // Repeated groups are matched by recursion, and nothing but the stack limits it.
            return Result.TOO_DEEP;
        }
    }

    /** Thrown through the matcher, which knows no other way to be stopped. */
    private static final class OutOfTimeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OutOfTimeException() {
            super(null, null, false, false);
        }
    }

    /** Text that can be read for so long and no longer. */
    private final class TimedText implements CharSequence {

        private final String text;
        private final long start = nanoClock.getAsLong();
        private int reads;

        TimedText(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            reads++;
            if (reads % READS_BETWEEN_LOOKS == 0
                    && nanoClock.getAsLong() - start > TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS)) {
                throw new OutOfTimeException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
