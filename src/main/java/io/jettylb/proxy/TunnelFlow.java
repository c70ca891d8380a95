package io.jettylb.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/**
 * One direction of a tunnel: reads, writes, and reads again when all is written, which is the backpressure. Holds a
 * buffer only while there are bytes in it. The end of the input is passed on; the other direction does not care.
 */
final class TunnelFlow extends IteratingCallback {

    /** How many buffers it moves before others of its selector get their turn. */
    private static final int TURN = 16;

    private final Tunnel tunnel;
    private final EndPoint from;
    private final EndPoint to;
    private final SocketChannel socket;
    private final Callback fillable = new Fillable();
    private ByteBuffer early;
    private RetainableByteBuffer buffer;
    private int moved;

    TunnelFlow(Tunnel tunnel, TunnelEnd from, TunnelEnd to) {
        this.tunnel = tunnel;
        this.from = from.getEndPoint();
        this.to = to.getEndPoint();
        this.early = from.takeEarly();
        this.socket = this.from.getTransport() instanceof SocketChannel channel ? channel : null;
    }

    @Override
    protected Action process() throws IOException {
        if (early != null) {
            ByteBuffer first = early;
            early = null;
            to.write(this, first);
            return Action.SCHEDULED;
        }
        if (moved == TURN) {
            return waitForMore();
        }
        if (buffer == null) {
            buffer = tunnel.tunnels().buffer();
        }
        ByteBuffer bytes = buffer.getByteBuffer();
        BufferUtil.clear(bytes);
        int filled = fill(bytes);
        if (filled > 0) {
            moved++;
            to.write(this, bytes);
            return Action.SCHEDULED;
        }
        if (filled < 0) {
            to.shutdownOutput();
            return Action.SUCCEEDED;
        }
        return waitForMore();
    }

    private Action waitForMore() {
        release();
        moved = 0;
        from.fillInterested(fillable);
        return Action.IDLE;
    }

    private int fill(ByteBuffer bytes) throws IOException {
        if (socket == null) {
            return from.fill(bytes);
        }
        // Past the endpoint, which reports a reset as if it were an end.
        int position = BufferUtil.flipToFill(bytes);
        int filled;
        try {
            filled = socket.read(bytes);
        } finally {
            BufferUtil.flipToFlush(bytes, position);
        }
        // It has to know of the end, though.
        return filled < 0 ? from.fill(bytes) : filled;
    }

    private void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    @Override
    protected void onCompleteSuccess() {
        release();
        tunnel.flowEnded();
    }

    @Override
    protected void onCompleteFailure(Throwable failure) {
        release();
        tunnel.close(failure);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    private final class Fillable implements Callback {
        @Override
        public void succeeded() {
            iterate();
        }

        @Override
        public void failed(Throwable failure) {
            // Closed on this side, by a server that stops, is no failure.
            tunnel.close(failure instanceof ClosedChannelException ? null : failure);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
