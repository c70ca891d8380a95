package io.jettylb.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Writes chunks without end, as fast as they are taken, and tells when the other side takes no more. */
final class EagerWriter implements Runnable {

    private static final int CHUNK = 16 * 1024;

    private final SocketChannel channel;
    private volatile long written;
    private volatile boolean held;
    private volatile IOException end;

    EagerWriter(SocketChannel channel) {
        this.channel = channel;
    }

    private static ByteBuffer chunk() {
        byte[] size = (Integer.toHexString(CHUNK) + "\r\n").getBytes(US_ASCII);
        return ByteBuffer.allocate(size.length + CHUNK + 2)
                .put(size)
                .put(size.length + CHUNK, (byte) '\r')
                .put(size.length + CHUNK + 1, (byte) '\n')
                .clear();
    }

    @Override
    public void run() {
        ByteBuffer chunk = chunk();
        try (Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_WRITE);
            while (true) {
                int count = channel.write(chunk);
                if (count == 0) {
                    held = true;
                    selector.select();
                    selector.selectedKeys().clear();
                    held = false;
                }
                // This thread alone writes it.
                written = written + count;
                if (!chunk.hasRemaining()) {
                    chunk.clear();
                }
            }
        } catch (IOException closed) {
            end = closed;
        }
    }

    /**
     * Waits until the other side takes no more.
     *
     * @param taken how many bytes have come out at the other end
     * @param bound how many more may be on their way
     * @return how many were
     */
    long awaitHeld(long taken, long bound) throws IOException {
        long deadline = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        while (true) {
            boolean holds = held;
            long under = written - taken;
            if (end != null) {
                throw new IOException("no more after " + written + " bytes", end);
            }
            if (under > bound) {
                throw new AssertionError("nobody holds the writer back: " + under + " bytes under way");
            }
            if (holds) {
                return under;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("neither held nor done after " + written + " bytes");
            }
            Thread.onSpinWait();
        }
    }
}
