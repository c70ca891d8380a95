package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.Server;

/** The open tunnels of a pool, and what is common to them. Thread-safe. */
final class Tunnels {

    /** Bytes that are on their way in one direction, at the most. */
    private static final int BUFFER = 16 * 1024;

    private static final MethodHandle ACQUIRE = acquire();

    private final Server server;
    private final Runnable removed;
    private final Set<Tunnel> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    /** Whose tunnels are closed, also those that are about to open: asked anew for each. */
    private volatile Predicate<UpstreamConfig> ending = upstream -> false;

    /**
     * Creates it.
     *
     * @param server whose threads and buffers are used
     * @param removed called when a tunnel has ended
     */
    Tunnels(Server server, Runnable removed) {
        this.server = server;
        this.removed = removed;
    }

    /** What it returns differs between Jetty 12.0 and 12.1, so that a call compiled for the one fails on the other. */
    private static MethodHandle acquire() {
        try {
            return MethodHandles.publicLookup()
                    .unreflect(ByteBufferPool.class.getMethod("acquire", int.class, boolean.class))
                    .asType(MethodType.methodType(
                            RetainableByteBuffer.class, ByteBufferPool.class, int.class, boolean.class));
        } catch (ReflectiveOperationException missing) {
            throw new ExceptionInInitializerError(missing);
        }
    }

    /** A buffer of the server's pool, empty, to be released. */
    RetainableByteBuffer buffer() {
        try {
            return (RetainableByteBuffer) ACQUIRE.invokeExact(server.getByteBufferPool(), BUFFER, true);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    Executor executor() {
        return server.getThreadPool();
    }

    void add(Tunnel tunnel) {
        open.add(tunnel);
        if (closes(tunnel.upstream())) {
            tunnel.close(null);
        }
    }

    /** Whether a tunnel there is closed as soon as it opens. */
    boolean closes(UpstreamConfig upstream) {
        return closed || ending.test(upstream);
    }

    void remove(Tunnel tunnel) {
        if (open.remove(tunnel)) {
            removed.run();
        }
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /** Closes all tunnels, also those that are about to open, whatever is said later. */
    void close() {
        closed = true;
        close(upstream -> true);
    }

    /**
     * Closes the tunnels to some upstreams, those of a drain that took too long for instance, also those that are about to
     * open; those that an earlier call has named no longer.
     */
    void close(Predicate<UpstreamConfig> which) {
        ending = which;
        for (Tunnel tunnel : open) {
            if (which.test(tunnel.upstream())) {
                tunnel.close(null);
            }
        }
    }
}
