package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Observer;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Strategies of others may fail; what the pool counts stays right. */
class BrokenObserverTest {

    private boolean broken = true;

    private final Strategy strategy = new Strategy() {
        @Override
        public Picker pickerFor(List<? extends Candidate> candidates) {
            return (hash, attempt) -> 0;
        }

        @Override
        public Observer observerOf(Candidate candidate) {
            return new Observer() {
                @Override
                public void began() {
                    fail();
                }

                @Override
                public void ended(long nanos, Ending ending) {
                    fail();
                }

                private void fail() {
                    if (broken) {
                        throw new IllegalStateException("a bug");
                    }
                }
            };
        }
    };

    private final Pool pool =
            new Pool(Configs.pool(List.of(URI.create("http://a:1"), URI.create("http://b:1"))), strategy, () -> 0);

    @Test
    void anAttemptThatDidNotBeginIsNotInFlight() {
        assertThatThrownBy(() -> pool.acquire(new Selection(0))).isInstanceOf(IllegalStateException.class);
        assertThat(pool.status())
                .allSatisfy(status -> assertThat(status.inFlight()).isZero());
    }

    @Test
    void aFailureCountsAllTheSame() {
        broken = false;
        Lease lease = pool.acquire(new Selection(0));
        broken = true;
        assertThatThrownBy(() -> lease.complete(Outcome.CONNECT_FAILED, new ConnectException("refused")))
                .isInstanceOf(IllegalStateException.class);
        assertThat(pool.status().get(0).ejections()).isEqualTo(1);
        assertThat(pool.status().get(0).inFlight()).isZero();
    }
}
