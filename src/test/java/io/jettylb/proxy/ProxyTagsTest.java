package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ProxyProtocol;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.eclipse.jetty.client.ProxyProtocolClientConnectionFactory.V1;
import org.eclipse.jetty.client.ProxyProtocolClientConnectionFactory.V2;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.junit.jupiter.api.Test;

/** What upstreams are told of a client's address, in the cases that a loopback connection does not show. */
class ProxyTagsTest {

    private final ProxyTags text = ProxyTags.of(ProxyProtocol.V1);
    private final ProxyTags binary = ProxyTags.of(ProxyProtocol.V2);

    private static ConnectionMetaData connection(SocketAddress remote, SocketAddress local) {
        return (ConnectionMetaData) Proxy.newProxyInstance(
                ProxyTagsTest.class.getClassLoader(),
                new Class<?>[] {ConnectionMetaData.class},
                (proxy, method, arguments) -> method.getName().equals("getRemoteSocketAddress") ? remote : local);
    }

    private static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(host, port);
    }

    @Test
    void bothAddressesAreOfOneFamily() {
        assertThat(text.client(connection(address("2001:db8::1%1", 5), address("2001:db8::2", 6))))
                .isEqualTo(new V1.Tag("TCP6", "2001:db8:0:0:0:0:0:1", 5, "2001:db8:0:0:0:0:0:2", 6));
        // As another proxy says, on a connection of the other family.
        assertThat(text.client(
                        connection(InetSocketAddress.createUnresolved("2001:db8::1", 5), address("10.0.0.1", 6))))
                .isEqualTo(new V1.Tag("TCP6", "2001:db8:0:0:0:0:0:1", 5, "::", 6));
        assertThat(binary.client(
                        connection(InetSocketAddress.createUnresolved("10.0.0.9", 5), address("2001:db8::2", 6))))
                .isEqualTo(new V2.Tag(
                        V2.Tag.Command.PROXY,
                        V2.Tag.Family.INET4,
                        V2.Tag.Protocol.STREAM,
                        "10.0.0.9",
                        5,
                        "0.0.0.0",
                        6,
                        null));
    }

    @Test
    void whoIsNotKnownIsNotMadeUp() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("client.example", 5);

        assertThat(text.client(connection(name, address("10.0.0.1", 6)))).isEqualTo(V1.Tag.UNKNOWN);
        assertThat(binary.client(connection(UnixDomainSocketAddress.of("/run/x"), null)))
                .isEqualTo(V2.Tag.LOCAL);
        assertThat(ProxyTags.of(ProxyProtocol.OFF)).isNull();
    }
}
