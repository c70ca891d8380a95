package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ShedConfig;
import io.jettylb.testing.ManualScheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the server is short of something. */
class SheddingTest {

    private static final ShedConfig RULES = new ShedConfig(true, 0.9, 0.95, Duration.ofHours(1));

    private final QueuedThreadPool threads = new QueuedThreadPool(10);
    private final Server server = new Server(threads);
    private final AtomicReference<Double> heap = new AtomicReference<>(0.5);

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    private Shedding shedding(ShedConfig rules) {
        return new Shedding(server, rules, heap::get);
    }

    private static String cause(Shedding shedding) {
        shedding.decide();
        return shedding.cause() == null ? null : shedding.cause().toString();
    }

    @Test
    void aFullHeap() {
        Shedding shedding = shedding(RULES);
        assertThat(cause(shedding)).isNull();
        heap.set(0.949);
        assertThat(cause(shedding)).isNull();
        heap.set(0.95);
        assertThat(cause(shedding)).isEqualTo("shedding: heap 95 % full");
        assertThat(cause(shedding(new ShedConfig(true, 0.9, 0, RULES.interval()))))
                .isNull();
    }

    /** A few calm looks in a row end it, so that it does not switch with every request that comes and goes. */
    @Test
    void itEndsAfterAWhile() {
        Shedding shedding = shedding(RULES);
        heap.set(1.0);
        assertThat(cause(shedding)).isNotNull();
        heap.set(0.1);
        assertThat(cause(shedding)).isNotNull();
        assertThat(cause(shedding)).isNotNull();
        heap.set(0.97);
        assertThat(cause(shedding)).isEqualTo("shedding: heap 97 % full");
        heap.set(0.1);
        assertThat(cause(shedding)).isNotNull();
        assertThat(cause(shedding)).isNotNull();
        assertThat(cause(shedding)).isNull();
    }

    @Test
    void threads() throws Exception {
        server.start();
        Shedding shedding = shedding(RULES);
        assertThat(cause(shedding)).isNull();
        int available = threads.getMaxAvailableThreads();
        CountDownLatch busy = new CountDownLatch(available);
        CountDownLatch release = new CountDownLatch(1);
        for (int i = 0; i < available; i++) {
            threads.execute(() -> {
                busy.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        busy.await();
        assertThat(cause(shedding)).isEqualTo("shedding: thread pool 100 % busy");
        assertThat(cause(shedding(new ShedConfig(true, 0, 0, RULES.interval()))))
                .isNull();
        release.countDown();
    }

    @Test
    void aMonitorOfTheServer() {
        AtomicReference<Boolean> low = new AtomicReference<>(false);
        server.addBean(new LowResourceMonitor(server) {
            @Override
            public boolean isLowOnResources() {
                return low.get();
            }

            @Override
            public String getReasons() {
                return "too many connections";
            }
        });
        Shedding shedding = shedding(RULES);
        assertThat(cause(shedding)).isNull();
        low.set(true);
        assertThat(cause(shedding)).isEqualTo("shedding: low resources: too many connections");
        assertThat(cause(shedding(new ShedConfig(false, 0.9, 0.95, RULES.interval()))))
                .isNull();
    }

    @Test
    void itLooksEveryNowAndThenUntilItIsStoppedOrToldNotTo() throws Exception {
        server.start();
        heap.set(1.0);
        Shedding shedding = shedding(new ShedConfig(false, 0, 0.9, Duration.ofMillis(5)));
        shedding.start();
        await(shedding, true);
        heap.set(0.1);
        await(shedding, false);
        heap.set(1.0);
        await(shedding, true);
        shedding.config(null);
        assertThat(shedding.cause()).isNull();
        shedding.config(new ShedConfig(false, 0, 0.9, Duration.ofMillis(5)));
        await(shedding, true);
        shedding.stop();
        assertThat(shedding.cause()).isNull();
    }

    @Test
    void aLookThatHasBegunWhenTheRulesChangeIsTheLastOfItsKind() throws Exception {
        ManualScheduler timer = new ManualScheduler();
        Shedding shedding = new Shedding(new Server(threads, timer, null), RULES, heap::get);
        shedding.start();
        heap.set(1.0);
        Runnable look = timer.fireNext();
        shedding.config(new ShedConfig(false, 0, 0, Duration.ofSeconds(1)));
        look.run();
        assertThat(shedding.cause()).isNull();
        assertThat(timer.pending()).containsExactly(Duration.ofSeconds(1));

        look = timer.fireNext();
        shedding.config(null);
        look.run();
        shedding.config(RULES);
        look.run();
        assertThat(timer.pending()).containsExactly(RULES.interval());
        shedding.stop();
        shedding.config(RULES);
        assertThat(timer.pending()).isEmpty();
    }

    /** Each reload of the file says all rules again. */
    @Test
    void theSameRulesChangeNothing() throws Exception {
        ManualScheduler timer = new ManualScheduler();
        Shedding shedding = new Shedding(new Server(threads, timer, null), RULES, heap::get);
        shedding.start();
        heap.set(1.0);
        timer.fireNext().run();
        Throwable cause = shedding.cause();
        assertThat(cause).isNotNull();
        timer.pass(RULES.interval().dividedBy(2));
        List<Duration> pending = timer.pending();
        shedding.config(new ShedConfig(RULES.lowResources(), RULES.threads(), RULES.heap(), RULES.interval()));
        assertThat(shedding.cause()).isSameAs(cause);
        assertThat(timer.pending()).isEqualTo(pending);
        shedding.stop();
    }

    private static void await(Shedding shedding, boolean active) {
        io.jettylb.testing.BalancedServer.await("shedding: " + active, () -> (shedding.cause() != null) == active);
    }

    @Test
    void theRealHeapIsAPartOfAll() {
        System.gc();
        Shedding real = new Shedding(server, new ShedConfig(false, 0, 0.0001, RULES.interval()));
        assertThat(cause(real)).matches("shedding: heap \\d+ % full");
        assertThat(cause(new Shedding(server, new ShedConfig(false, 0, 1, RULES.interval()))))
                .isNull();
    }
}
