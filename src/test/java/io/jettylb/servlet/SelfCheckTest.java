package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.Compliance;
import io.jettylb.config.Finding;
import io.jettylb.config.LbConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.ComplianceViolation;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Jetty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the self-check sees of a real server. */
class SelfCheckTest {

    private BalancedServer balanced;
    private HttpConfiguration http;

    /** A protocol whose configuration nobody can see. */
    private static final class OwnHttp extends AbstractConnectionFactory {
        OwnHttp() {
            super("http/1.1");
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            throw new UnsupportedOperationException();
        }
    }

    /** Compresses nothing; the name of the class is what counts. */
    @SuppressWarnings("removal")
    private static Handler.Wrapper gzip() {
        return new org.eclipse.jetty.server.handler.gzip.GzipHandler();
    }

    @BeforeEach
    void aGoodServer() throws Exception {
        balanced = new BalancedServer(
                Configs.config(Configs.pool(List.of(URI.create("http://127.0.0.1:9"))), Configs.mount("/api", false)),
                true);
        balanced.server().setStopTimeout(5000);
        balanced.server().insertHandler(new GracefulHandler());
        http = balanced.connector()
                .getConnectionFactory(HttpConnectionFactory.class)
                .getHttpConfiguration();
    }

    @AfterEach
    void stop() throws Exception {
        balanced.close();
    }

    private List<String> ids() {
        return balanced.loadBalancer().selfCheck().stream().map(Finding::id).toList();
    }

    @Test
    void aGoodServerHasNoFindings() throws Exception {
        balanced.server().start();

        assertThat(balanced.loadBalancer().selfCheck()).isEmpty();
    }

    @Test
    void aServerWithoutGracefulIsTold() throws Exception {
        balanced.server().start();
        balanced.server().setStopTimeout(0);
        assertThat(ids()).containsExactly("graceful");
        balanced.server().stop();
        balanced.server().setHandler(balanced.contexts());
        balanced.server().setStopTimeout(5000);
        assertThat(ids()).containsExactly("graceful");
    }

    @Test
    void dangerousCompliance() {
        http.setUriCompliance(UriCompliance.UNSAFE);
        http.setHttpCompliance(HttpCompliance.RFC2616_LEGACY);
        assertThat(ids()).containsExactly("uri-compliance", "http-compliance", "header-cache");
    }

    @Test
    void customizersOfAddresses() throws Exception {
        http.addCustomizer(new ForwardedRequestCustomizer());
        balanced.connector().addFirstConnectionFactory(new ProxyConnectionFactory());
        balanced.server().start();
        assertThat(ids()).containsExactly("forwarded", "proxy-protocol");
    }

    @Test
    void compressionCountsInFrontOfAMountOnly() throws Exception {
        ContextHandler other = new ContextHandler("/other");
        other.insertHandler(gzip());
        balanced.contexts().addHandler(other);
        balanced.server().start();
        assertThat(ids()).isEmpty();
        balanced.server().stop();
        balanced.server().insertHandler(gzip());
        assertThat(ids()).contains("compression");
    }

    @Test
    void compressionInsideAMountCounts() {
        ContextHandler mount =
                (ContextHandler) balanced.contexts().getHandlers().get(0);
        mount.insertHandler(gzip());
        assertThat(ids()).contains("compression");
    }

    @Test
    void aConnectorThatComesLaterIsSetRight() throws Exception {
        balanced.server().start();
        HttpConfiguration later = new HttpConfiguration();
        balanced.server().addConnector(new ServerConnector(balanced.server(), new HttpConnectionFactory(later)));
        assertThat(later.isHeaderCacheCaseSensitive()).isTrue();
        assertThat(ids()).isEmpty();
        later.setHeaderCacheCaseSensitive(false);
        assertThat(ids()).containsExactly("header-cache");
    }

    @Test
    void anUnusualConnectionFactoryCannotBeSetRight() throws Exception {
        balanced.connector().removeConnectionFactory("http/1.1");
        balanced.connector().addConnectionFactory(new OwnHttp());
        balanced.server().start();
        assertThat(balanced.loadBalancer().selfCheck())
                .singleElement()
                .extracting(Finding::text)
                .asString()
                .startsWith("the header cache of " + OwnHttp.class.getName() + " may hand");
    }

    @Test
    void whereNothingIsBalancedNothingIsWrong() throws Exception {
        LbConfig nothing = new LbConfig(
                List.of(),
                Map.of(),
                Configs.config(Configs.pool(List.of()), Configs.mount("/", false))
                        .forwarded());
        try (BalancedServer empty = new BalancedServer(nothing)) {
            assertThat(empty.loadBalancer().selfCheck()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DEFAULT",
                "RFC3986",
                "UNAMBIGUOUS",
                "JETTY_11",
                "LEGACY",
                "UNSAFE",
                "*",
                "0",
                "0,UTF16_ENCODINGS",
                "UNSAFE,-AMBIGUOUS_PATH_SEGMENT"
            })
    void theCommandLineReadsPathComplianceAsJettyDoes(String setting) {
        Set<String> allowed = names(UriCompliance.from(setting).getAllowed());
        assertThat(Compliance.parseUri(setting)).isEqualTo(Compliance.ofUri(setting, allowed));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"RFC7230", "RFC7230_LEGACY", "RFC2616", "RFC2616_LEGACY", "LEGACY", "*", "0", "RFC2616,-HTTP_0_9"
            })
    void theCommandLineReadsMessageComplianceAsJettyDoes(String setting) {
        Set<String> allowed = names(HttpCompliance.from(setting).getAllowed());
        assertThat(Compliance.parseHttp(setting, Jetty.VERSION)).isEqualTo(Compliance.ofHttp(setting, allowed));
    }

    private static Set<String> names(Set<? extends ComplianceViolation> violations) {
        return violations.stream().map(ComplianceViolation::getName).collect(Collectors.toSet());
    }
}
