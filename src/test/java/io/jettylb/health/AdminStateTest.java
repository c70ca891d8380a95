package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.health.AdminState.Mode;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminStateTest {

    private static final Duration DEADLINE = Duration.ofNanos(100);

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE, Long.MIN_VALUE})
    void whoIsReadyHasNoDeadline(long now) {
        assertThat(AdminState.READY.ready()).isTrue();
        assertThat(AdminState.READY.overAt(now)).isFalse();
        assertThat(AdminState.READY.closedAt(now)).isFalse();
    }

    /** The clock may wrap in between. */
    @ParameterizedTest
    @ValueSource(longs = {0, 7, Long.MAX_VALUE - 50})
    void aDrainServesBoundClientsUntilItsDeadline(long now) {
        AdminState drain = AdminState.drain(now, DEADLINE);
        assertThat(drain).isEqualTo(new AdminState(Mode.DRAIN, now, now + 100));
        assertThat(drain.ready()).isFalse();
        assertThat(drain.overAt(now + 99)).isFalse();
        assertThat(drain.closedAt(now + 99)).isFalse();
        assertThat(drain.overAt(now + 100)).isTrue();
        assertThat(drain.closedAt(now + 100)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7, Long.MAX_VALUE - 50})
    void maintenanceServesNobodyAndOnlyTunnelsHaveADeadline(long now) {
        AdminState maintenance = AdminState.maintenance(now, DEADLINE);
        assertThat(maintenance).isEqualTo(new AdminState(Mode.MAINTENANCE, now, now + 100));
        assertThat(maintenance.ready()).isFalse();
        assertThat(maintenance.closedAt(now)).isTrue();
        assertThat(maintenance.overAt(now + 99)).isFalse();
        assertThat(maintenance.overAt(now + 100)).isTrue();
    }

    @Test
    void aDrainWithoutTimeIsOverAtOnce() {
        assertThat(AdminState.drain(5, Duration.ZERO).closedAt(5)).isTrue();
    }
}
