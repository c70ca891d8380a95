package io.jettylb.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A connection to an upstream of which both ends are believed only as far as they can be: Jetty's own takes a reset for
 * the end of the content, and lets a write that fails hide a response that has come already.
 */
final class UpstreamEndPoint extends SocketChannelEndPoint {

    private static final int CRLF = '\r' << 8 | '\n';
    private static final int CRLF_CRLF = CRLF << 16 | CRLF;

    /** How many bytes of the next write are sent already. Only touched by whoever writes. */
    private int ahead;

    private volatile boolean reset;
    /** The last four bytes. */
    private volatile int tail;

    private volatile boolean deaf;
    private volatile boolean loud;

    UpstreamEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        super(channel, selector, key, scheduler);
    }

    /** From now on no write is thrown away: there is no response any more that a failure could hide. */
    void failLoudly() {
        loud = true;
    }

    /** Whether the input did not end but broke. */
    boolean wasReset() {
        return reset;
    }

    /** Whether the input ended behind a line but not behind an empty one, which the end of chunks is. */
    boolean endsWithinLines() {
        int last = tail;
        return isInputShutdown() && (last & 0xFFFF) == CRLF && last != CRLF_CRLF;
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        if (isInputShutdown()) {
            return -1;
        }
        int position = BufferUtil.flipToFill(buffer);
        try {
            int filled = getChannel().read(buffer);
            if (filled > 0) {
                notIdle();
                remember(buffer, filled);
            } else if (filled < 0) {
                shutdownInput();
            }
            return filled;
        } catch (IOException e) {
            // Told to whoever asks: an exception would leave a connection open that no exchange is using.
            reset = true;
            shutdownInput();
            return -1;
        } finally {
            BufferUtil.flipToFlush(buffer, position);
        }
    }

    /**
     * Sends bytes with which the next write will begin, as far as that is possible at once.
     *
     * @param bytes are consumed; only while no write is under way
     */
    void writeAhead(ByteBuffer bytes) {
        if (deaf || ahead > 0) {
            return;
        }
        try {
            ahead = getChannel().write(bytes);
        } catch (IOException e) {
            deaf = true;
        }
    }

    private void remember(ByteBuffer buffer, int filled) {
        int end = buffer.position();
        int last = tail;
        for (int i = end - Math.min(filled, Integer.BYTES); i < end; i++) {
            last = last << 8 | buffer.get(i) & 0xFF;
        }
        tail = last;
    }

    /**
     * Writes; where the other side takes nothing any more, it is thrown away. An upstream that has answered early, a 413
     * say, and closed, has said something worth reading, and if it has not, the read says so.
     */
    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        for (int i = 0; ahead > 0 && i < buffers.length; i++) {
            int skipped = Math.min(ahead, buffers[i].remaining());
            buffers[i].position(buffers[i].position() + skipped);
            ahead -= skipped;
        }
        if (!deaf) {
            try {
                return super.flush(buffers);
            } catch (IOException e) {
                if (loud || !isOpen()) {
                    throw e;
                }
                deaf = true;
            }
        }
        if (loud) {
            throw new EofException("takes nothing any more");
        }
        for (ByteBuffer buffer : buffers) {
            BufferUtil.clear(buffer);
        }
        return true;
    }
}
