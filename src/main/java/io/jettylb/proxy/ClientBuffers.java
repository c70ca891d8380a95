package io.jettylb.proxy;

import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteBufferPool;

/**
 * The buffers of a client. What is received goes into buffers that are never used again.
 *
 * <p>The reason is a race in the client library (seen on Jetty 12.0.31 and 12.1.12): when a response is aborted while
 * the thread that has announced its head is on the way back, that thread empties a buffer which it no longer owns. Where
 * buffers are pooled, it is another connection's by then: bytes of somebody else's response vanish.
 */
final class ClientBuffers {

    /** Bytes; larger than what the pool keeps, so that each one is allocated, on the heap where that is cheap. */
    private static final int RECEIVE = 8 * 1024;

    private static final int POOLED = 4 * 1024;
    private static final int MAX_REQUEST_HEAD = 64 * 1024;

    private ClientBuffers() {}

    /**
     * Gives a client its buffers.
     *
     * @param client not started
     * @param shared the server's buffers, for HTTP/2: there each buffer is counted by those who read from it, and one
     *     thread parses at a time; null for HTTP/1.1, also where it is one
     *     of two
     */
    static void configure(HttpClient client, ByteBufferPool shared) {
        if (shared == null) {
            client.setByteBufferPool(new ArrayByteBufferPool(0, POOLED / 4, POOLED));
            client.setUseInputDirectByteBuffers(false);
            client.setResponseBufferSize(RECEIVE);
        } else {
            client.setByteBufferPool(shared);
        }
        client.setRequestBufferSize(POOLED);
        // What the server has accepted, and what we add to it.
        client.setMaxRequestHeadersSize(MAX_REQUEST_HEAD);
    }
}
