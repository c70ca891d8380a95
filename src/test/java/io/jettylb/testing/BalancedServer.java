package io.jettylb.testing;

import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.pool.UpstreamStatus;
import io.jettylb.proxy.LoadBalancer;
import io.jettylb.servlet.ServletMounts;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A Jetty server in this process that balances, on a free loopback port, HTTP/1.1 and HTTP/2 without TLS. */
public final class BalancedServer implements AutoCloseable {

    private final Server server;
    private final ArrayByteBufferPool.Tracking buffers = new ArrayByteBufferPool.Tracking();
    private final ServerConnector connector;
    private final LoadBalancer loadBalancer;
    private final ContextHandlerCollection contexts = new ContextHandlerCollection();

    public BalancedServer(PoolConfig pool) throws Exception {
        this(Configs.config(pool, Configs.mount("/", false)));
    }

    public BalancedServer(PoolConfig pool, MountConfig mount) throws Exception {
        this(Configs.config(pool, mount));
    }

    public BalancedServer(LbConfig config) throws Exception {
        this(config, false);
    }

    public BalancedServer(LbConfig config, boolean later) throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool(40);
        threads.setName("balanced");
        server = new Server(threads, null, buffers);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        HTTP2CServerConnectionFactory http2 = new HTTP2CServerConnectionFactory(http);
        // Tests abort more streams in a second than the server likes; it would end the session of all others, and
        // Jetty's client then waits for ever for streams that the server has dropped.
        Unlimited.events(http2);
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http), http2);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(contexts);
        loadBalancer = new LoadBalancer(server, config);
        server.addBean(loadBalancer);
        ServletMounts.install(loadBalancer, contexts);
        if (!later) {
            server.start();
        }
    }

    public Server server() {
        return server;
    }

    public ServerConnector connector() {
        return connector;
    }

    public ContextHandlerCollection contexts() {
        return contexts;
    }

    public LoadBalancer loadBalancer() {
        return loadBalancer;
    }

    public int port() {
        return connector.getLocalPort();
    }

    public List<UpstreamStatus> status() {
        return loadBalancer.status("p");
    }

    /**
     * Waits until every buffer is back: when the clients are gone, idle connections hold none. Jetty's client does not
     * give its own reference back when a response is aborted half read; it is enough if nobody else has one. Nor does
     * its HTTP/2 parser when a client leaves in the middle of a header block, of which nobody else ever knows.
     */
    public void awaitNoLeaks() {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!leaks().isEmpty()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(leaks());
            }
            Thread.onSpinWait();
        }
    }

    private List<String> leaks() {
        // The type of the buffers differs between the two lines of Jetty.
        Set<?> leaked = buffers.getLeaks();
        return leaked.stream()
                .map(BalancedServer::dump)
                .filter(dump -> !dump.contains("http2.parser.HeaderBlock"))
                .filter(dump -> !isReleasedTwiceByJetty(dump))
                .filter(dump -> !dump.contains("HttpReceiverOverHTTP.newNetworkBuffer")
                        || count(dump, " retain(s)") != count(dump, " release(s)"))
                .toList();
    }

    /**
     * In Jetty 12.0 two threads may release the buffer of a request that could not be parsed: the one that parsed it, and
     * the one that goes on after the error was answered, or after the connection has become one of HTTP/2. None of ours is
     * involved then, except as the next one who got the same memory in between: the second release takes that from it,
     * before it has released it as often as it may.
     */
    private static boolean isReleasedTwiceByJetty(String dump) {
        boolean taken = count(dump, " release(s)") <= count(dump, " retain(s)");
        return dump.contains("HttpConnection.ensureRequestBuffer")
                && dump.contains("Over-released by")
                && (taken || !dump.contains("io.jettylb"));
    }

    private static String dump(Object buffer) {
        try {
            Method dump = buffer.getClass().getMethod("dump");
            dump.setAccessible(true);
            return (String) dump.invoke(buffer);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static int count(String dump, String what) {
        int end = dump.indexOf(what);
        return Integer.parseInt(dump.substring(dump.lastIndexOf('\n', end) + 1, end));
    }

    /** Bytes that the server's buffers have outside of the heap, used or not. */
    public long directMemory() {
        return buffers.getDirectMemory();
    }

    /** Waits until no attempt is under way: completions follow the response by a moment. */
    public void awaitIdle() {
        await("no attempt under way", () -> status().stream().allMatch(s -> s.inFlight() == 0));
    }

    /** Waits for a condition that another thread brings about, bounded. */
    public static void await(String what, Supplier<Boolean> condition) {
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!condition.get()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within 15 s: " + what);
            }
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
