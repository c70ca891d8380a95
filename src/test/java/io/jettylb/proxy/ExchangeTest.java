package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.BackoffConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

/** What two threads do at the worst moment, brought about by one. */
class ExchangeTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String WITH_CONTENT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final URI REFUSED = URI.create("http://127.0.0.1:1");

    /** A front whose client leaves when a test says so, and that watches who touches the response after that. */
    private static class Front implements Downstream {
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
        private final AtomicInteger touched = new AtomicInteger();
        private Consumer<Throwable> listener;
        private volatile boolean gone;
        /** What the container finds. */
        volatile int status;

        Front(Request core, Response response, Callback callback) {
            this.callback = callback;
            this.request = new Request.Wrapper(core) {
                @Override
                public Object setAttribute(String name, Object value) {
                    onAttribute(name, value);
                    return super.setAttribute(name, value);
                }
            };
            this.response = new Response.Wrapper(request, response) {
                @Override
                public Request getRequest() {
                    onResponseRequest();
                    return super.getRequest();
                }

                @Override
                public void setStatus(int code) {
                    status = code;
                    super.setStatus(code);
                }

                @Override
                public HttpFields.Mutable getHeaders() {
                    if (gone) {
                        touched.incrementAndGet();
                    }
                    return super.getHeaders();
                }

                @Override
                public void write(boolean last, ByteBuffer content, Callback done) {
                    onWrite();
                    super.write(last, content, done);
                }
            };
        }

        void onAttribute(String name, Object value) {}

        void onResponseRequest() {}

        void onWrite() {}

        void leave() {
            gone = true;
            listener.accept(new IOException("gone"));
        }

        @Override
        public Request request() {
            return request;
        }

        @Override
        public Response response() {
            return response;
        }

        @Override
        public void onClientFailure(Consumer<Throwable> to) {
            listener = to;
        }

        @Override
        public void complete() {
            ends.add("complete");
            callback.succeeded();
        }

        @Override
        public void abort(Throwable cause) {
            ends.add("abort");
            callback.failed(cause);
        }
    }

    /** Chance, with somebody who looks on. */
    private record Watched(LongConsumer whenDrawn) implements RandomGenerator {
        @Override
        public long nextLong() {
            return ThreadLocalRandom.current().nextLong();
        }

        @Override
        public long nextLong(long bound) {
            whenDrawn.accept(bound);
            return ThreadLocalRandom.current().nextLong(bound);
        }
    }

    private interface Fronts {
        Front front(Request request, Response response, Callback callback);
    }

    /** Sends a request through a front; checks that the exchange ends once and leaves nothing behind. */
    private static Front run(PoolConfig pool, String method, Fronts fronts, Consumer<Front> meanwhile)
            throws Exception {
        return run(pool, method, fronts, meanwhile, bound -> {});
    }

    /** As that, and looks on when random numbers below a bound are drawn. */
    private static Front run(
            PoolConfig pool, String method, Fronts fronts, Consumer<Front> meanwhile, LongConsumer whenDrawn)
            throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        LoadBalancer loadBalancer = new LoadBalancer(
                server,
                Configs.config(pool, Configs.mount("/", false)),
                Strategies.installed(),
                System::nanoTime,
                () -> new Watched(whenDrawn),
                System::currentTimeMillis,
                new SecureRandom());
        server.addBean(loadBalancer);
        Mounted mount = loadBalancer.mount(Configs.mount("/", false));
        BlockingQueue<Front> made = new LinkedBlockingQueue<>();
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                Front front = fronts.front(request, response, callback);
                made.add(front);
                loadBalancer.balance(mount, front, null);
                return true;
            }
        });
        server.start();
        try (RawClient client = new RawClient(connector.getLocalPort())) {
            client.send(method, "/");
            Front front = made.poll(10, TimeUnit.SECONDS);
            meanwhile.accept(front);
            assertThat(front.ends.poll(5, TimeUnit.SECONDS))
                    .as("the exchange ends")
                    .isNotNull();
            BalancedServer.await(
                    "no attempt under way",
                    () -> loadBalancer.status("p").stream().allMatch(s -> s.inFlight() == 0));
            assertThat(front.ends).as("ends once").isEmpty();
            assertThat(front.touched).as("touched after the client had left").hasValue(0);
            return front;
        } finally {
            server.stop();
        }
    }

    private static PoolConfig pool(URI... upstreams) {
        return Configs.pool(
                List.of(upstreams),
                "round-robin",
                Configs.CLIENT_HOST,
                new TimeoutsConfig(
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(4),
                        Duration.ZERO,
                        Duration.ZERO));
    }

    @Test
    void theClientLeavesBetweenTheEndOfTheAttemptAndTheWrite() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK)) {
            run(
                    pool(upstream.uri()),
                    "HEAD",
                    (request, response, callback) -> new Front(request, response, callback) {
                        private int calls;

                        @Override
                        void onResponseRequest() {
                            // The first call looks for the limit of the head, the second one is made with the end of
                            // the response in hand.
                            if (++calls == 2) {
                                leave();
                            }
                        }
                    },
                    front -> {});
        }
    }

    @Test
    void theClientLeavesBetweenTwoAttempts() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(WITH_CONTENT)) {
            run(
                    pool(REFUSED, REFUSED, upstream.uri()),
                    "GET",
                    (request, response, callback) -> new Front(request, response, callback) {
                        @Override
                        void onAttribute(String name, Object value) {
                            if (LoadBalancer.UPSTREAM_ATTRIBUTE.equals(name) && "p/u2".equals(value)) {
                                leave();
                            }
                        }
                    },
                    front -> {});
        }
    }

    @Test
    void theClientLeavesWhileTheUpstreamIsSilent() throws Exception {
        try (RawUpstream silent = new RawUpstream(exchange -> exchange.in().read() >= 0)) {
            run(pool(silent.uri()), "GET", Front::new, front -> {
                BalancedServer.await(
                        "the request is upstream", () -> !silent.heads().isEmpty());
                front.leave();
                // Should somebody listen all the same: it must be no empty 200.
                assertThat(front.status).isEqualTo(503);
            });
        }
    }

    @Test
    void theClientLeavesBetweenTheHeadAndItsWrite() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 200 OK\r\nX-Path: /\r\nContent-Length: 2\r\n\r\nok")) {
            Front left = run(
                    pool(upstream.uri()),
                    "GET",
                    (request, response, callback) -> new Front(request, response, callback) {
                        @Override
                        void onWrite() {
                            if (status == 200) {
                                leave();
                            }
                        }
                    },
                    front -> {});
            // Not the status of an error with the fields of the upstream's response.
            assertThat(left.status).isEqualTo(200);
        }
    }

    @Test
    void theClientLeavesBetweenAHeadThatWasTakenBackAndOurAnswer() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(WITH_CONTENT)) {
            Front left = run(
                    pool(upstream.uri()),
                    "GET",
                    (request, response, callback) -> new Front(request, response, callback) {
                        @Override
                        void onWrite() {
                            throw new IllegalStateException("not this head");
                        }

                        @Override
                        void onAttribute(String name, Object value) {
                            if (LoadBalancer.FAILURE_ATTRIBUTE.equals(name)) {
                                leave();
                            }
                        }
                    },
                    front -> {});
            // Not the status of the response whose fields are gone.
            assertThat(left.status).isEqualTo(503);
        }
    }

    @Test
    void theServerThrowsInsteadOfWriting() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(WITH_CONTENT)) {
            run(
                    pool(upstream.uri()),
                    "GET",
                    (request, response, callback) -> new Front(request, response, callback) {
                        @Override
                        void onWrite() {
                            throw new IllegalStateException("channel already completed");
                        }
                    },
                    front -> {});
        }
    }

    @Test
    void theClientLeavesDuringTheWaitForTheSameUpstream() throws Exception {
        String later = "HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";
        Duration hour = Duration.ofHours(2);
        try (RawUpstream busy = RawUpstream.always(later)) {
            PoolConfig patient = pool(busy.uri())
                    .with(new RetryConfig(3).with(new BackoffConfig(Duration.ofMillis(1), Duration.ofMillis(1), hour)));
            run(patient, "GET", Front::new, front -> {
                BalancedServer.await(
                        "the request is upstream", () -> !busy.heads().isEmpty());
                front.leave();
            });
            assertThat(busy.heads()).hasSize(1);
        }
    }

    @Test
    void theClientLeavesBetweenAnAttemptAndTheWaitForTheSameUpstream() throws Exception {
        Duration pause = Duration.ofHours(1);
        PoolConfig patient =
                pool(REFUSED).with(new RetryConfig(3).with(new BackoffConfig(pause, pause, Duration.ZERO)));
        AtomicReference<Front> made = new AtomicReference<>();
        run(
                patient,
                "GET",
                (request, response, callback) -> {
                    made.set(new Front(request, response, callback));
                    return made.get();
                },
                front -> {},
                bound -> {
                    if (bound == pause.toNanos()) {
                        made.get().leave();
                    }
                });
    }
}
