package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;

/** Whatever a client names, only configured upstreams are reached. */
class NoOpenProxyTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    /** Sends a request in which {@code {D}} stands for the authority of a server that nobody configured. */
    private static String answerTo(String request, RawUpstream upstream) throws Exception {
        try (RawUpstream decoy = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send(request.replace("{D}", "127.0.0.1:" + decoy.port()));
            String head = client.readHead();
            assertThat(decoy.heads()).isEmpty();
            return head.substring(9, 12);
        }
    }

    @Test
    void anAbsoluteTargetNamesTheHostAndNotTheUpstream() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK)) {
            assertThat(answerTo("GET http://{D}/x?y HTTP/1.1\r\nHost: {D}\r\nConnection: close\r\n\r\n", upstream))
                    .isEqualTo("200");
            assertThat(upstream.heads().get(0))
                    .startsWith("GET /x?y HTTP/1.1\r\nHost: 127.0.0.1:")
                    .doesNotContain("Host: 127.0.0.1:" + upstream.port());
            assertThat(answerTo("GET https://shop.example/x HTTP/1.1\r\nHost: shop.example\r\n\r\n", upstream))
                    .isEqualTo("200");
            assertThat(upstream.heads().get(1)).startsWith("GET /x HTTP/1.1\r\nHost: shop.example\r\n");
        }
    }

    @Test
    void aHostBesideAnAbsoluteTargetMustBeItsAuthority() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK)) {
            assertThat(answerTo("GET http://shop.example/x HTTP/1.1\r\nHost: {D}\r\n\r\n", upstream))
                    .isEqualTo("400");
            assertThat(answerTo("GET http://{D}/x HTTP/1.1\r\nHost: shop.example\r\n\r\n", upstream))
                    .isEqualTo("400");
            assertThat(upstream.heads()).isEmpty();
        }
    }

    @Test
    void hostsPortsAndUsersLeadNowhereElse() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK)) {
            for (String target : List.of("/@{D}/", "//{D}/", "/http://{D}/", "http://user@{D}/", "*", "{D}")) {
                answerTo("GET " + target + " HTTP/1.1\r\nHost: {D}\r\nConnection: close\r\n\r\n", upstream);
            }
            for (String host :
                    List.of("{D}", "{D}@shop.example", "shop.example@{D}", "shop.example\r\nHost: {D}", "")) {
                answerTo("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n", upstream);
            }
            assertThat(upstream.heads()).allMatch(head -> head.startsWith("GET /") || head.startsWith("GET *"));
        }
    }

    @Test
    void connectIsRefused() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK)) {
            assertThat(answerTo("CONNECT {D} HTTP/1.1\r\nHost: {D}\r\n\r\n", upstream))
                    .isIn("400", "405", "404");
            assertThat(answerTo("CONNECT /x HTTP/1.1\r\nHost: {D}\r\n\r\n", upstream))
                    .isIn("400", "405", "404");
            assertThat(upstream.heads()).isEmpty();
        }
    }

    @Test
    void theServersOtherPortsAreNoUpstreams() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            ServerConnector connector = server.connector();
            try (RawClient client = new RawClient(connector.getLocalPort())) {
                client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:" + connector.getLocalPort() + "\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(200);
            }
            assertThat(upstream.heads()).hasSize(1);
        }
    }
}
