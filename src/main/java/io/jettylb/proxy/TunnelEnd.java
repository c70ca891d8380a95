package io.jettylb.proxy;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/** One of the two connections of a tunnel, in place of the one that spoke HTTP on it. */
final class TunnelEnd extends AbstractConnection implements Connection.UpgradeTo {

    private final Tunnel tunnel;
    private ByteBuffer early;
    private volatile boolean opened;

    TunnelEnd(Tunnel tunnel, EndPoint endPoint) {
        super(endPoint, tunnel.tunnels().executor());
        this.tunnel = tunnel;
    }

    /** What HTTP has read too much, before the end is opened. */
    @Override
    public void onUpgradeTo(ByteBuffer buffer) {
        early = buffer;
    }

    /** Takes it; null if there is none. */
    ByteBuffer takeEarly() {
        ByteBuffer taken = early;
        early = null;
        return taken;
    }

    boolean isOpened() {
        return opened;
    }

    @Override
    public void onOpen() {
        super.onOpen();
        opened = true;
        // Whatever passes is read here and written there, so that each end alone knows when the tunnel is idle. A
        // connector that is being shut down shortens it for us.
        getEndPoint().setIdleTimeout(tunnel.idle().toMillis());
        tunnel.endOpened();
    }

    @Override
    public void onFillable() {
        // Reading is the flow's business, which brings its own callback.
        throw new IllegalStateException("not asked for");
    }

    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        tunnel.close(null);
        return false;
    }

    @Override
    public void onClose(Throwable cause) {
        super.onClose(cause);
        tunnel.close(cause);
    }
}
