package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Upstream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.AuthenticationStore;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.ConnectionPool;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that come at the moments at which the only connection that there may be is closed. */
class Http2ConnectionsTest {

    private static final Runnable NOTHING = () -> {};

    /** The type of the frame that announces the end of a connection. */
    private static final byte GO_AWAY = 7;

    private final Server server = new Server();

    /** Runs once, before the upstream is told that a connection ends. */
    private final AtomicReference<Runnable> whenClosing = new AtomicReference<>(NOTHING);

    /** Runs once, when a request has got its connection and is not sent. */
    private final AtomicReference<Runnable> whenSending = new AtomicReference<>(NOTHING);

    private final ClientConnector connector = new ClientConnector() {
        @Override
        protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
            return new SocketChannelEndPoint((SocketChannel) channel, selector, key, getScheduler()) {
                @Override
                public boolean flush(ByteBuffer... buffers) throws IOException {
                    ByteBuffer first = buffers[0];
                    if (first.remaining() > 3 && first.get(first.position() + 3) == GO_AWAY) {
                        whenClosing.getAndSet(NOTHING).run();
                    }
                    return super.flush(buffers);
                }
            };
        }
    };

    private Http2Upstream upstream;
    private HttpClient client;

    @BeforeEach
    void start() throws Exception {
        upstream = Http2Upstream.answering((request, response, callback) -> callback.succeeded());
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        client.stop();
        server.stop();
        upstream.close();
    }

    private void client(Duration idle) throws Exception {
        PoolConfig config = Configs.spoken(
                Configs.pool(List.of(upstream.uri())), Protocol.H2C, new ConnectionsConfig(1, idle, 100, 32));
        client = UpstreamProtocols.client(config, server, connector, null, Duration.ofSeconds(30));
        client.setMaxConnectionsPerDestination(1);
        // Jetty asks it for each request, at the right moment.
        client.setAuthenticationStore((AuthenticationStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {AuthenticationStore.class}, (proxy, method, arguments) -> {
                    whenSending.getAndSet(NOTHING).run();
                    return false;
                }));
        client.start();
    }

    private CompletableFuture<Result> send() {
        CompletableFuture<Result> done = new CompletableFuture<>();
        client.newRequest(upstream.uri()).transport(Transport.TCP_IP).send(done::complete);
        return done;
    }

    private static void assertAnswered(CompletableFuture<Result> done) throws Exception {
        Result result = done.get(20, TimeUnit.SECONDS);
        assertThat(result.getFailure()).isNull();
        assertThat(result.getResponse().getStatus()).isEqualTo(200);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whileAnIdleOneIsBeingClosedRequestsGetAnother() throws Exception {
        client(Duration.ofMillis(50));
        CompletableFuture<CompletableFuture<Result>> late = new CompletableFuture<>();
        CountDownLatch answered = new CountDownLatch(1);
        whenClosing.set(() -> {
            late.complete(send());
            await(answered);
        });
        assertAnswered(send());
        assertAnswered(late.get(20, TimeUnit.SECONDS));
        answered.countDown();
    }

    /** Jetty's session knows it before its pool of connections does. */
    @Test
    void oneThatHasJustStartedToEndGetsNoMoreRequests() throws Exception {
        client(Duration.ofSeconds(30));
        assertAnswered(send());
        ConnectionPool pool = ((HttpDestination) client.getDestinations().get(0)).getConnectionPool();
        Connection only = pool.acquire(false);
        pool.release(only);
        CompletableFuture<CompletableFuture<Result>> late = new CompletableFuture<>();
        CountDownLatch answered = new CountDownLatch(1);
        whenClosing.set(() -> {
            late.complete(send());
            await(answered);
        });
        Session session = ((HttpConnectionOverHTTP2) only).getSession();
        Thread closer = new Thread(() -> session.close(ErrorCode.NO_ERROR.code, null, Callback.NOOP));
        closer.start();
        assertAnswered(late.get(20, TimeUnit.SECONDS));
        answered.countDown();
        closer.join();
    }

    @Test
    void aRequestWhoseConnectionIsClosedBeforeItIsSentGetsAnother() throws Exception {
        client(Duration.ofSeconds(30));
        assertAnswered(send());
        ConnectionPool pool = ((HttpDestination) client.getDestinations().get(0)).getConnectionPool();
        Connection only = pool.acquire(false);
        pool.release(only);
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch sent = new CountDownLatch(1);
        whenClosing.set(() -> {
            closing.countDown();
            await(sent);
        });
        Thread closer = new Thread(only::close);
        whenSending.set(() -> {
            closer.start();
            await(closing);
        });
        CompletableFuture<Result> done = send();
        sent.countDown();
        closer.join();
        assertAnswered(done);
    }
}
