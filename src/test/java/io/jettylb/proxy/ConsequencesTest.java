package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.RetryConditions;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.StatusRange;
import io.jettylb.pool.Outcome;
import io.jettylb.proxy.Ending.Late;
import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of retries, over every combination of what they depend on. */
class ConsequencesTest {

    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "POST", "PATCH", "LOCK", "get", "");
    private static final boolean[] BOTH = {false, true};
    private static final Throwable BROKEN = new EOFException();

    private static Ending ending(boolean begun, boolean answered, Late late) {
        return new Ending(begun, false, false, false, answered, late, BROKEN);
    }

    private static RetryConfig rules(boolean connect, boolean reset, boolean timeout, boolean nonIdempotent) {
        RetryConfig rules = new RetryConfig(3).with(new RetryConditions(connect, reset, timeout, List.of()));
        return nonIdempotent ? rules.withNonIdempotent() : rules;
    }

    private static List<RetryConfig> allRules() {
        List<RetryConfig> all = new ArrayList<>();
        for (boolean connect : BOTH) {
            for (boolean reset : BOTH) {
                for (boolean timeout : BOTH) {
                    for (boolean nonIdempotent : BOTH) {
                        all.add(rules(connect, reset, timeout, nonIdempotent));
                    }
                }
            }
        }
        return all;
    }

    private interface Case {
        void check(Ending ending, String method, boolean whole, RetryConfig rules, boolean repeatable);
    }

    private static void forAll(Case each) {
        for (RetryConfig rules : allRules()) {
            for (String method : METHODS) {
                for (boolean whole : BOTH) {
                    for (boolean begun : BOTH) {
                        for (boolean answered : BOTH) {
                            for (Late late : Late.values()) {
                                Ending ending = ending(begun, answered, late);
                                boolean repeatable = Consequences.isRepeatable(ending, method, whole, rules);
                                each.check(ending, method, whole, rules, repeatable);
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    void nothingIsRepeatedAfterAnAnswerOrWithoutAllOfItsContent() {
        forAll((ending, method, whole, rules, repeatable) -> {
            if (ending.answered() || !whole) {
                assertThat(repeatable).as("%s %s", ending, method).isFalse();
            }
        });
    }

    @Test
    void whatWasNotSentIsRepeatedWhateverItsMethod() {
        forAll((ending, method, whole, rules, repeatable) -> {
            if (!ending.begun() && !ending.answered() && whole) {
                boolean late = ending.late() != Late.NO;
                assertThat(repeatable)
                        .as("%s %s %s", ending, method, rules)
                        .isEqualTo(rules.on().connectFailure()
                                || late && rules.on().timeout());
            }
        });
    }

    @Test
    void whatWasSentIsRepeatedIfThatChangesNothingOrIsWanted() {
        forAll((ending, method, whole, rules, repeatable) -> {
            if (ending.begun() && !ending.answered() && whole) {
                boolean condition = ending.late() == Late.NO
                        ? rules.on().resetBeforeResponse()
                        : rules.on().timeout();
                boolean allowed = IDEMPOTENT.contains(method) || rules.nonIdempotent();
                assertThat(repeatable).as("%s %s %s", ending, method, rules).isEqualTo(condition && allowed);
            }
        });
    }

    @Test
    void aStatusIsRepeatedIfItIsNamed() {
        RetryConditions on =
                new RetryConditions(false, false, false, List.of(new StatusRange(429, 429), new StatusRange(502, 504)));
        for (String method : METHODS) {
            for (boolean whole : BOTH) {
                for (boolean nonIdempotent : BOTH) {
                    RetryConfig rules = new RetryConfig(3).with(on);
                    RetryConfig wanted = nonIdempotent ? rules.withNonIdempotent() : rules;
                    for (int status = 200; status < 600; status++) {
                        boolean named = status == 429 || status >= 502 && status <= 504;
                        boolean allowed = IDEMPOTENT.contains(method) || nonIdempotent;
                        assertThat(Consequences.isRepeatable(status, method, whole, wanted))
                                .as("%s %s %s", status, method, whole)
                                .isEqualTo(named && allowed && whole);
                    }
                }
            }
        }
    }

    @Test
    void onlyStatusesOfErrorsAreErrors() {
        RetryConditions all = new RetryConditions(true, true, true, List.of(new StatusRange(100, 599)));
        assertThat(all.covers(399)).isFalse();
        assertThat(all.covers(400)).isTrue();
        assertThat(all.covers(599)).isTrue();
        assertThat(RetryConditions.NONE.covers(500)).isFalse();
    }

    @Test
    void theSameUpstreamIsNotAskedAgainAfterATimeoutOrWhatIsNotItsFault() {
        for (Late late : Late.values()) {
            assertThat(Consequences.mayAskAgain(ending(true, false, late)))
                    .as("%s", late)
                    .isEqualTo(late == Late.NO);
        }
        List<Throwable> lasting = new ArrayList<>(ours().toList());
        lasting.add(new TimeoutException());
        lasting.add(new SocketTimeoutException());
        lasting.add(TlsFailure.readable(new SSLHandshakeException("refused")));
        for (Throwable ours : lasting) {
            assertThat(Consequences.mayAskAgain(new Ending(false, false, false, false, false, Late.NO, ours)))
                    .as("%s", ours)
                    .isFalse();
        }
    }

    static Stream<Throwable> ours() {
        return Stream.of(
                new RejectedExecutionException(),
                new AsynchronousCloseException(),
                new BindException(),
                new HeadTooLargeException(1));
    }

    @ParameterizedTest
    @MethodSource("ours")
    void nobodyIsBlamedForWhatIsOurs(Throwable failure) {
        assertThat(Consequences.isOurs(failure)).isTrue();
        assertThat(Consequences.verdict(new Ending(false, false, false, false, false, Late.NO, failure)))
                .isEqualTo(Outcome.CANCELLED);
    }

    @Test
    void whoeverRefusesAConnectionHasFailedToConnect() {
        Throwable refused = new ConnectException();
        assertThat(Consequences.isOurs(refused)).isFalse();
        assertThat(Consequences.verdict(new Ending(false, false, false, false, false, Late.NO, refused)))
                .isEqualTo(Outcome.CONNECT_FAILED);
        assertThat(Consequences.verdict(new Ending(false, true, false, false, false, Late.NO, refused)))
                .as("lost before anything was sent")
                .isEqualTo(Outcome.CANCELLED);
        assertThat(Consequences.verdict(new Ending(false, false, true, false, false, Late.NO, refused)))
                .as("refused stream")
                .isEqualTo(Outcome.CANCELLED);
    }

    @Test
    void aConnectionThatWasRefusedLateHasNotConnectedEither() {
        Throwable refusal = TlsFailure.readable(new SSLHandshakeException("refused"));
        for (boolean reused : BOTH) {
            for (boolean answered : BOTH) {
                assertThat(Consequences.verdict(new Ending(true, false, false, reused, answered, Late.NO, refusal)))
                        .isEqualTo(reused || answered ? Outcome.BROKEN : Outcome.CONNECT_FAILED);
            }
        }
    }

    @Test
    void verdictsOnTimeouts() {
        assertThat(Consequences.verdict(ending(true, false, Late.POOL))).isEqualTo(Outcome.TIMED_OUT);
        assertThat(Consequences.verdict(ending(true, true, Late.POOL))).isEqualTo(Outcome.TIMED_OUT);
        assertThat(Consequences.verdict(ending(true, false, Late.TRY))).isEqualTo(Outcome.TIMED_OUT);
        assertThat(Consequences.verdict(ending(false, false, Late.TRY))).isEqualTo(Outcome.TIMED_OUT);
        assertThat(Consequences.verdict(ending(false, false, Late.POOL)))
                .as("waited in line")
                .isEqualTo(Outcome.CANCELLED);
        assertThat(Consequences.verdict(ending(true, false, Late.NO))).isEqualTo(Outcome.BROKEN);
    }

    @Test
    void anAttemptThatIsGivenUpIsTheSameButLate() {
        for (boolean begun : BOTH) {
            Ending ending = new Ending(begun, !begun, false, true, false, Late.NO, BROKEN);
            assertThat(ending.lateForTry()).isEqualTo(new Ending(begun, !begun, false, true, false, Late.TRY, BROKEN));
        }
    }

    @Test
    void aStaleConnectionIsOneThatHadServed() {
        for (boolean begun : BOTH) {
            for (boolean refused : BOTH) {
                for (boolean reused : BOTH) {
                    for (boolean answered : BOTH) {
                        for (Late late : Late.values()) {
                            Ending ending = new Ending(begun, false, refused, reused, answered, late, BROKEN);
                            assertThat(Consequences.isStale(ending))
                                    .as("%s", ending)
                                    .isEqualTo(refused || reused && !answered && late == Late.NO);
                        }
                    }
                }
            }
        }
    }

    @Test
    void answersNameTheConditionAndNothingElse() {
        assertThat(Consequences.answer(ending(true, false, Late.NO))).isEqualTo(ErrorAnswer.BAD_GATEWAY);
        assertThat(Consequences.answer(ending(true, true, Late.NO))).isEqualTo(ErrorAnswer.BAD_GATEWAY);
        assertThat(Consequences.answer(ending(true, false, Late.POOL))).isEqualTo(ErrorAnswer.GATEWAY_TIMEOUT);
        assertThat(Consequences.answer(ending(true, false, Late.TRY))).isEqualTo(ErrorAnswer.GATEWAY_TIMEOUT);
        for (Late late : Late.values()) {
            assertThat(Consequences.answer(ending(false, false, late))).isEqualTo(ErrorAnswer.NO_UPSTREAM);
        }
        for (boolean begun : BOTH) {
            Throwable tooLarge = new HeadTooLargeException(1);
            assertThat(Consequences.answer(new Ending(begun, false, false, false, false, Late.NO, tooLarge)))
                    .isEqualTo(ErrorAnswer.HEAD_TOO_LARGE);
        }
        assertThat(Consequences.blame(new TimeoutException())).isEqualTo(ErrorAnswer.CLIENT_TIMEOUT);
        assertThat(Consequences.blame(new IOException())).isEqualTo(ErrorAnswer.BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
    void methodsOfTheRfcMayBeRepeated(String method) {
        assertThat(Consequences.isRepeatable(method, new RetryConfig(3))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PATCH", "LOCK", "CONNECT", "put"})
    void othersOnlyIfThatIsWanted(String method) {
        assertThat(Consequences.isRepeatable(method, new RetryConfig(3))).isFalse();
        assertThat(Consequences.isRepeatable(method, new RetryConfig(3).withNonIdempotent()))
                .isTrue();
    }
}
