package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Observer;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a strategy is told of the attempts at an upstream. */
class ObserverTest {

    private final List<String> told = new ArrayList<>();
    private long now;

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
                    told.add(candidate.id() + " began with " + candidate.inFlight());
                }

                @Override
                public void responded(long nanos, int status) {
                    told.add(candidate.id() + " " + status + " after " + nanos);
                }

                @Override
                public void ended(long nanos, Ending ending) {
                    told.add(candidate.id() + " " + ending + " after " + nanos);
                }
            };
        }
    };

    private Pool pool() {
        PoolConfig config = Configs.pool(List.of(URI.create("http://a:1"), URI.create("http://b:1")));
        return new Pool(config, strategy, () -> now);
    }

    @Test
    void itIsToldWhatHappened() {
        Lease lease = pool().acquire(new Selection(Picker.NO_KEY));
        now += Duration.ofMillis(3).toNanos();
        lease.answering(429);
        now += Duration.ofMillis(4).toNanos();
        lease.complete(Outcome.SUCCESS, null);
        lease.complete(Outcome.BROKEN, null);
        String id = lease.upstream().id();
        assertThat(told)
                .containsExactly(id + " began with 1", id + " 429 after 3000000", id + " COMPLETE after 7000000");
    }

    @Test
    void itIsToldWhoseFaultTheEndWas() {
        Pool pool = pool();
        for (Outcome outcome : Outcome.values()) {
            pool.acquire(new Selection(Picker.NO_KEY)).complete(outcome, new ConnectException("x"));
        }
        assertThat(told.stream().filter(line -> !line.contains("began")).map(line -> line.split(" ")[1]))
                .containsExactly("COMPLETE", "COMPLETE", "FAILED", "FAILED", "FAILED", "CANCELLED");
    }
}
