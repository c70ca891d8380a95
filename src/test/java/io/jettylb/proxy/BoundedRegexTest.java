package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.proxy.BoundedRegex.Result;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Searches that end, whatever the pattern and the text. */
class BoundedRegexTest {

    private static Result find(String regex, String text) {
        return new BoundedRegex(regex, () -> 0).find(text);
    }

    @ParameterizedTest
    @CsvSource({
        "b+, abbc, FOUND",
        "^b, abbc, ABSENT",
        "(?i)UP, status: up, FOUND",
        "(.)\\1, abcc, FOUND",
        "(.)\\1, abc, ABSENT",
        "(?=.*b)a, a-b, FOUND"
    })
    void findAsJavaDoes(String regex, String text, Result result) {
        assertThat(find(regex, text)).isEqualTo(result);
    }

    /** Each look at the clock is a millisecond later: what is long is decided by work, not by the machine. */
    @Test
    void giveUpWhenTheirTimeIsOver() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
        BoundedRegex catastrophic =
                new BoundedRegex("a*a*a*a*a*a*b", () -> now.getAndAdd(TimeUnit.MILLISECONDS.toNanos(1)));

        assertThat(catastrophic.find("a".repeat(5_000))).isEqualTo(Result.TOO_LONG);
        // One look at the beginning, and one for each millisecond of the limit and the one beyond it.
        assertThat(now.get() - (Long.MAX_VALUE - 5))
                .isEqualTo(TimeUnit.MILLISECONDS.toNanos(BoundedRegex.LIMIT_MILLIS + 2));
    }

    @Test
    void haveTimeEnoughForWhatIsHarmless() {
        AtomicLong now = new AtomicLong();
        BoundedRegex harmless =
                new BoundedRegex("\"status\":\\s*\"UP\"", () -> now.getAndAdd(TimeUnit.MILLISECONDS.toNanos(1)));

        assertThat(harmless.find("x".repeat(60_000) + "\"status\": \"UP\"")).isEqualTo(Result.FOUND);
    }

    @Test
    void surviveWhatIsDeeperThanTheStack() {
        assertThat(find("(a|b)*c", "ab".repeat(32 * 1024))).isEqualTo(Result.TOO_DEEP);
    }
}
