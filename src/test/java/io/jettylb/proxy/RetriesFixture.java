package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.BackoffConfig;
import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.RetryConditions;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Pool;
import io.jettylb.pool.Selection;
import io.jettylb.pool.UpstreamStatus;
import io.jettylb.proxy.Ending.Late;
import io.jettylb.testing.Configs;
import io.jettylb.testing.ManualScheduler;
import java.io.EOFException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;

/** What is left of a request to a pool in virtual time: nothing is connected to. */
final class RetriesFixture {

    static final Ending REFUSED =
            new Ending(false, false, false, false, false, Late.NO, new ConnectException("refused"));
    static final Ending BROKEN = new Ending(true, false, false, false, false, Late.NO, new EOFException());
    static final Ending STALE = new Ending(true, false, false, true, false, Late.NO, new EOFException());
    static final Ending SLOW = new Ending(true, false, false, false, false, Late.TRY, new TimeoutException("per try"));
    /** Waits in line for a connection. */
    static final Ending SLOW_UNSENT =
            new Ending(false, false, false, false, false, Late.TRY, new TimeoutException("per try"));

    static final RetryConditions ALL = new RetryConditions(true, true, true, RetryConditions.DEFAULT.statuses());
    static final BackoffConfig BACKOFF =
            new BackoffConfig(Duration.ofMillis(25), Duration.ofMillis(250), Duration.ofSeconds(1));
    static final RetryConfig RULES = new RetryConfig(3).with(ALL).with(BACKOFF).with(new RetryBudgetConfig(0, 1));
    static final String DATE = "Tue, 15 Nov 1994 08:12:31 GMT";

    /** Draws the largest number that is allowed, and remembers what is. */
    static final class Largest implements RandomGenerator {
        final List<Duration> bounds = new ArrayList<>();

        @Override
        public long nextLong() {
            return 0;
        }

        @Override
        public long nextLong(long bound) {
            bounds.add(Duration.ofNanos(bound));
            return bound - 1;
        }
    }

    final ManualScheduler time = new ManualScheduler();
    final Largest random = new Largest();
    private final Server server = new Server(null, time, null);
    final AtomicInteger resumed = new AtomicInteger();
    final Selection selection = new Selection(0);
    private final List<UpstreamConfig> upstreams = new ArrayList<>();
    private UpstreamConfig latest;
    private PoolService service;
    Pool pool;

    void stop() throws Exception {
        server.stop();
    }

    RetriesFixture upstream(int maxRequests) {
        int index = upstreams.size();
        URI uri = URI.create("http://127.0.0.1:" + (9000 + index));
        upstreams.add(new UpstreamConfig("u" + index, uri, 1, null, maxRequests, 0, ""));
        return this;
    }

    RetriesFixture upstreams(int count) {
        for (int i = 0; i < count; i++) {
            upstream(UpstreamConfig.UNLIMITED);
        }
        return this;
    }

    Retries with(RetryConfig rules, Duration total) throws Exception {
        ServerParts parts = new ServerParts(
                server,
                Strategies.installed(),
                time,
                () -> random,
                new ProbeStarts(time),
                new StickyKeys(random, () -> 0));
        HopIdentity hop = HopIdentity.of(new ForwardedConfig(true, true), () -> random);
        service = new PoolService(Configs.pool(List.of()).with(upstreams).with(rules), hop, parts);
        server.addBean(service);
        server.start();
        pool = service.pool();
        random.bounds.clear();
        return another(total);
    }

    Retries with(RetryConfig rules) throws Exception {
        return with(rules, Duration.ZERO);
    }

    /** For another request to the same pool. */
    Retries another(Duration total) {
        PoolProxy proxy = service.proxy();
        Request request = (Request) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Request.class},
                (self, method, arguments) -> method.getName().equals("getLength") ? (Object) 0L : "GET");
        RequestBody body = new RequestBody(null, request, 0);
        return new Retries(proxy, selection, body, "GET", proxy.deadlines().in(total));
    }

    int retriesUnderWay() {
        return pool.retryBudget().active();
    }

    int inFlight() {
        return pool.status().stream().mapToInt(UpstreamStatus::inFlight).sum();
    }

    Lease acquire() {
        Lease lease = pool.acquire(selection);
        latest = lease == null ? null : lease.upstream();
        return lease;
    }

    /** Whether an attempt at the latest upstream, which has failed, is followed by another one. */
    boolean repeats(Retries retries, Ending failed) {
        return retries.repeats(failed, latest, false);
    }

    /** Whom the next attempt gets, which is over at once. */
    String tryNext() {
        return over(acquire());
    }

    static String over(Lease lease) {
        lease.complete(Outcome.CANCELLED, null);
        return lease.upstream().id();
    }

    static HttpFields retryAfter(String value) {
        return HttpFields.build().put(HttpHeader.RETRY_AFTER, value);
    }

    /** How long the pause takes that begins now. The server has timers of its own. */
    Duration beginPause(Retries retries) {
        List<Duration> others = time.pending();
        assertThat(retries.pause(resumed::incrementAndGet)).isTrue();
        List<Duration> added = new ArrayList<>(time.pending());
        others.forEach(added::remove);
        assertThat(added).hasSize(1);
        return added.get(0);
    }

    /** The same, and it is over then. */
    Duration pauseOf(Retries retries) {
        Duration pause = beginPause(retries);
        int before = resumed.get();
        time.pass(pause.minusNanos(1));
        assertThat(resumed).hasValue(before);
        time.pass(Duration.ofNanos(1));
        assertThat(resumed).hasValue(before + 1);
        return pause;
    }
}
