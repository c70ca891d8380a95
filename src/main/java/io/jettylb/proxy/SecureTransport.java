package io.jettylb.proxy;

import javax.net.ssl.SSLContext;
import org.eclipse.jetty.io.Transport;

/**
 * A way to connect, with the keys that are in force. The client library keeps the connections of different ways apart,
 * so those with other keys are not used for new requests. Equality is identity: there is one for each reading of the keys.
 */
final class SecureTransport extends Transport.Wrapper {

    private final SSLContext context;
    private final String serverName;

    /**
     * A way to connect.
     *
     * @param wrapped to the network
     * @param context certificates and keys
     * @param serverName the name that is asked for and verified; null: the host that is connected to
     */
    SecureTransport(Transport wrapped, SSLContext context, String serverName) {
        super(wrapped);
        this.context = context;
        this.serverName = serverName;
    }

    SSLContext context() {
        return context;
    }

    String serverName() {
        return serverName;
    }
}
