package io.jettylb.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.Surroundings.AddressSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each thing that would betray the load balancer, with its exact words. */
class SurroundingsTest {

    private static final Compliance URI = Compliance.parseUri("DEFAULT");
    private static final Compliance HTTP = Compliance.parseHttp("RFC7230", null);

    private static Surroundings fine(String version) {
        return new Surroundings(version, List.of(URI), List.of(HTTP), List.of(), Set.of(), Set.of(), true, 5000);
    }

    private static List<String> texts(Surroundings surroundings) {
        return surroundings.findings(false).stream().map(Finding::toString).toList();
    }

    private static Surroundings with(Compliance uri, Compliance http) {
        return new Surroundings(
                "12.1.12", List.of(URI, uri, uri), List.of(HTTP, http), List.of(), Set.of(), Set.of(), true, 5000);
    }

    private static Surroundings with(Set<AddressSource> sources, Set<String> compression) {
        return new Surroundings("12.1.12", List.of(URI), List.of(HTTP), List.of(), sources, compression, true, 5000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"12.0.31", "12.0.32-SNAPSHOT", "12.1.8", "12.1.12", "12.2.0", "13.0.0", "unreadable"})
    void aGoodServerHasNoFindings(String version) {
        assertThat(fine(version).findings(false)).isEmpty();
        assertThat(fine(null).findings(true)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"12.0.30,12.0.31", "12.0.0.alpha1,12.0.31", "12.1.7,12.1.8", "12.1.0.beta1,12.1.8"})
    void anOldJettyHasKnownVulnerabilities(String version, String fixed) {
        assertThat(texts(fine(version)))
                .containsExactly(
                        "jetty-version: Jetty " + version + " has known vulnerabilities: use " + fixed + " or later");
    }

    @Test
    void pathsThatUpstreamsMayReadDifferently() {
        assertThat(texts(with(Compliance.parseUri("UNSAFE"), HTTP)))
                .containsExactly("uri-compliance: uriCompliance UNSAFE lets paths through that upstreams may read"
                        + " differently (AMBIGUOUS_PATH_ENCODING, AMBIGUOUS_PATH_PARAMETER, AMBIGUOUS_PATH_SEGMENT,"
                        + " UTF16_ENCODINGS): set jetty.httpConfig.uriCompliance=DEFAULT");
    }

    @Test
    void messagesThatOthersMayReadDifferently() {
        assertThat(texts(with(URI, Compliance.parseHttp("RFC2616", "12.1.12"))))
                .containsExactly("http-compliance: httpCompliance RFC2616 accepts requests that others may read"
                        + " differently (HTTP_0_9, MISMATCHED_AUTHORITY, MULTILINE_FIELD_VALUE):"
                        + " set jetty.httpConfig.compliance=RFC7230");
    }

    @Test
    void aCacheThatIgnoresCase() {
        Surroundings careless = new Surroundings(
                null,
                List.of(),
                List.of(),
                List.of("the header cache of com.example.Own"),
                Set.of(),
                Set.of(),
                true,
                5000);

        assertThat(texts(careless))
                .containsExactly("header-cache: the header cache of com.example.Own may hand one user's field values to"
                        + " another where they differ in case only: call"
                        + " HttpConfiguration.setHeaderCacheCaseSensitive(true)");
    }

    @Test
    void addressesThatAnybodyCanClaim() {
        assertThat(texts(with(Set.of(AddressSource.FORWARDED_FIELDS), Set.of())))
                .containsExactly("forwarded: ForwardedRequestCustomizer believes anybody's Forwarded and X-Forwarded-*"
                        + " fields: list your own proxy in lb.forwarded.trusted-proxies, or disable the module"
                        + " forwarded");
        assertThat(texts(with(Set.of(AddressSource.PROXY_PROTOCOL), Set.of())))
                .containsExactly("proxy-protocol: the PROXY protocol lets whoever connects name any client address:"
                        + " let nobody but your own proxy reach this connector");
    }

    @Test
    void theListOfProxiesDecidesAlone() {
        assertThat(with(Set.of(AddressSource.FORWARDED_FIELDS), Set.of()).findings(true))
                .isEmpty();
        assertThat(with(Set.of(AddressSource.PROXY_PROTOCOL), Set.of()).findings(true))
                .containsExactly(new Finding(
                        "proxy-protocol",
                        "the PROXY protocol lets whoever connects name any client address, which is then what"
                                + " trusted-proxies is compared with: let nobody but your own proxy reach this"
                                + " connector"));
    }

    @Test
    void compressionInFront() {
        assertThat(texts(with(Set.of(), Set.of("GzipHandler"))))
                .containsExactly("compression: GzipHandler in front of a mount changes what passes, and below Jetty"
                        + " 12.0.32 and 12.1.8 leaks memory (CVE-2026-1605): disable its module");
    }

    @Test
    void stopsThatCutRequests() {
        assertThat(texts(new Surroundings(null, List.of(), List.of(), List.of(), Set.of(), Set.of(), false, 5000)))
                .containsExactly(
                        "graceful: a stop cuts requests in flight: enable the module graceful" + " (GracefulHandler)");
        assertThat(texts(new Surroundings(null, List.of(), List.of(), List.of(), Set.of(), Set.of(), true, 0)))
                .containsExactly("graceful: a stop cuts requests in flight: set jetty.server.stopTimeout to"
                        + " milliseconds above 0");
    }

    @Test
    void violationsAreAddedAndTakenAway() {
        assertThat(Compliance.parseUri("RFC3986,AMBIGUOUS_PATH_SEPARATOR").risks())
                .as("an encoded slash is passed on as it is")
                .isEmpty();
        assertThat(Compliance.parseUri("*, -AMBIGUOUS_PATH_SEGMENT,-UTF16_ENCODINGS")
                        .risks())
                .containsExactly("AMBIGUOUS_PATH_ENCODING", "AMBIGUOUS_PATH_PARAMETER");
        assertThat(Compliance.parseHttp("0,MULTIPLE_CONTENT_LENGTHS", null).risks())
                .containsExactly("MULTIPLE_CONTENT_LENGTHS");
    }
}
