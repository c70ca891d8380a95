package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.UpstreamConfig;
import java.net.URI;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;

/** Which tunnels may still open. */
class TunnelsTest {

    private final UpstreamConfig upstream = new UpstreamConfig("u0", URI.create("http://127.0.0.1:9000"), 1);
    private final Tunnels tunnels = new Tunnels(new Server(), () -> {});

    @Test
    void theDrainsOfTheMomentDecide() {
        assertThat(tunnels.closes(upstream)).isFalse();
        tunnels.close(drained -> drained == upstream);
        assertThat(tunnels.closes(upstream)).isTrue();
        tunnels.close(drained -> false);
        assertThat(tunnels.closes(upstream)).as("it is back").isFalse();
    }

    /** A drain that is over a moment later must not open what was closed for good. */
    @Test
    void whatIsClosedForGoodStaysClosed() {
        tunnels.close();
        tunnels.close(drained -> false);
        assertThat(tunnels.closes(upstream)).isTrue();
    }
}
