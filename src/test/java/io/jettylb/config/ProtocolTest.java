package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What pools speak with their upstreams. */
class ProtocolTest {

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = "H2", mode = EnumSource.Mode.EXCLUDE)
    void isReadByItsName(Protocol protocol) throws Exception {
        assertThat(files.pool(GOOD + ", protocol = " + protocol.text()).protocol())
                .isEqualTo(protocol);
    }

    @Test
    void comesFromTheDefaultsUnlessThePoolSaysOtherwise() throws Exception {
        LbConfig config = files.load("lb.defaults.protocol = h2c\nlb.pools { a { " + GOOD + " }, b { " + GOOD
                + ", protocol = http1, connections.streams = 3 } }");

        assertThat(config.pools().get("a").protocol()).isEqualTo(Protocol.H2C);
        assertThat(config.pools().get("a").connections().streams()).isEqualTo(100);
        assertThat(config.pools().get("b").protocol()).isEqualTo(Protocol.HTTP1);
        assertThat(config.pools().get("b").connections().streams()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "h3       | \"h3\" (expected: http1, h2, h2c or auto)",
                "H2C      | \"H2C\" (expected: http1, h2, h2c or auto)",
                "http2    | \"http2\" (expected: http1, h2, h2c or auto; did you mean h2 or h2c?)",
                "grpc     | \"grpc\" (expected: http1, h2, h2c or auto; did you mean h2 or h2c?)",
                "HTTP/1.1 | \"HTTP/1.1\" (expected: http1, h2, h2c or auto; did you mean http1?)",
                "alpn     | \"alpn\" (expected: http1, h2, h2c or auto; did you mean auto?)",
                "1.1      | 1.1 (expected: http1, h2, h2c or auto)",
                "{}       | a block (expected: http1, h2, h2c or auto)",
            })
    void hasOnlyTheseNames(String written, String problem) throws Exception {
        assertThat(files.problems("lb.pools.p {\n " + GOOD + "\n protocol = " + written + " }"))
                .containsExactly("lb.conf:3: pools.p.protocol: " + problem);
    }

    @Test
    void fitsTheSchemesOfTheUpstreams() throws Exception {
        assertThat(files.problems("lb.pools.p {\n upstreams = [\"https://h:1\"]\n protocol = h2c }"))
                .containsExactly(
                        "lb.conf:3: pools.p.protocol: h2c with https://h:1" + " (expected: http URIs: h2c has no TLS)");
    }

    @Test
    void isOverTlsWhereItSaysSo() throws Exception {
        assertThat(files.problems("lb.pools.p {\n upstreams = [\"https://h:1\", \"http://h:2\"]\n protocol = h2 }"))
                .containsExactly(
                        "lb.conf:3: pools.p.protocol: h2 with http://h:2 (expected: https URIs: h2 is over TLS,"
                                + " h2c without)");
    }

    @ParameterizedTest
    @CsvSource({"H2, https", "AUTO, https", "AUTO, http", "HTTP1, https"})
    void goesWithTheseSchemes(Protocol protocol, String scheme) throws Exception {
        String upstreams = "upstreams = [\"" + scheme + "://h:1\"]";

        assertThat(files.pool(upstreams + ", protocol = " + protocol.text()).protocol())
                .isEqualTo(protocol);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2c", "auto"})
    void needsTheModuleForAllButTheFirst(String protocol) throws Exception {
        Path file = files.write("lb.conf", "lb.pools.p {\n " + GOOD + "\n protocol = " + protocol + " }");

        assertThatThrownBy(() -> LbConfig.load(file, new TestCatalog(), EnumSet.of(Protocol.HTTP1)))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactly("lb.conf:3: pools.p.protocol: " + protocol
                                        + " (expected: module lb-http2 to be enabled: java -jar"
                                        + " $JETTY_HOME/start.jar --add-modules=lb-http2)"));
    }

    @ParameterizedTest
    @CsvSource({"http-version, protocol", "http2, protocol", "grpc, protocol", "proxy_http_version, protocol"})
    void isMeantByTheWordsOfOthers(String key, String meant) throws Exception {
        assertThat(files.problems("lb.pools.p { " + GOOD + ", " + key + " = 1 }"))
                .singleElement()
                .asString()
                .endsWith("; did you mean " + meant + "?)");
    }
}
