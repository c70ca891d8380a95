package io.jettylb.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the self-check knows about the server around the load balancer, seen on the running server or in the files of its
 * base, and its judgement: one rule and one text for both.
 *
 * @param jettyVersion null if it is not known
 * @param uriCompliance of each connector that has one
 * @param httpCompliance of each connector that has one
 * @param carelessCaches connectors whose cache of request fields ignores case, described
 * @param addressSources what takes clients' addresses from what they send
 * @param compression handlers in front of a mount that change contents
 * @param graceful whether a stop waits for requests in flight
 * @param stopTimeoutMillis for how long; 0: not at all
 */
public record Surroundings(
        String jettyVersion,
        List<Compliance> uriCompliance,
        List<Compliance> httpCompliance,
        List<String> carelessCaches,
        Set<AddressSource> addressSources,
        Set<String> compression,
        boolean graceful,
        long stopTimeoutMillis) {

    /** Who says what a client's address is. */
    public enum AddressSource {
        /** Fields of requests, by Jetty's {@code ForwardedRequestCustomizer}. */
        FORWARDED_FIELDS,
        /** The first bytes of connections, by Jetty's {@code ProxyConnectionFactory}. */
        PROXY_PROTOCOL
    }

    private static final Pattern VERSION = Pattern.compile("12\\.(\\d+)\\.(\\d+).*");
    /** The first release of each line, 12.0 and 12.1, without the known vulnerabilities. */
    private static final int[] FIXED = {31, 8};

    /**
     * What would betray the load balancer.
     *
     * @param proxiesListed whether the configuration names the proxies whose forwarding fields are trusted
     * @return in a fixed order, without duplicates; empty if all is well
     */
    public List<Finding> findings(boolean proxiesListed) {
        Set<Finding> findings = new LinkedHashSet<>();
        version(findings);
        for (Compliance compliance : uriCompliance) {
            uri(compliance, findings);
        }
        for (Compliance compliance : httpCompliance) {
            http(compliance, findings);
        }
        for (String cache : carelessCaches) {
            findings.add(new Finding(
                    "header-cache",
                    cache + " may hand one user's field values to another where they differ in case only:"
                            + " call HttpConfiguration.setHeaderCacheCaseSensitive(true)"));
        }
        for (AddressSource source : addressSources) {
            addresses(source, proxiesListed, findings);
        }
        for (String handler : compression) {
            findings.add(new Finding(
                    "compression",
                    handler
                            + " in front of a mount changes what passes, and below Jetty 12.0.32 and 12.1.8 leaks memory"
                            + " (CVE-2026-1605): disable its module"));
        }
        stopping(findings);
        return List.copyOf(findings);
    }

    private void version(Set<Finding> findings) {
        Matcher version = VERSION.matcher(jettyVersion == null ? "" : jettyVersion);
        if (!version.matches()) {
            return;
        }
        int line = Integer.parseInt(version.group(1));
        if (line < FIXED.length && Integer.parseInt(version.group(2)) < FIXED[line]) {
            findings.add(new Finding(
                    "jetty-version",
                    "Jetty " + jettyVersion + " has known vulnerabilities: use 12." + line + "." + FIXED[line]
                            + " or later"));
        }
    }

    private static void uri(Compliance compliance, Set<Finding> findings) {
        if (!compliance.risks().isEmpty()) {
            findings.add(new Finding(
                    "uri-compliance",
                    "uriCompliance " + compliance.mode() + " lets paths through that upstreams may read differently ("
                            + String.join(", ", compliance.risks()) + "): set jetty.httpConfig.uriCompliance=DEFAULT"));
        }
    }

    private static void http(Compliance compliance, Set<Finding> findings) {
        if (!compliance.risks().isEmpty()) {
            findings.add(new Finding(
                    "http-compliance",
                    "httpCompliance " + compliance.mode() + " accepts requests that others may read differently ("
                            + String.join(", ", compliance.risks()) + "): set jetty.httpConfig.compliance=RFC7230"));
        }
    }

    private static void addresses(AddressSource source, boolean proxiesListed, Set<Finding> findings) {
        if (source == AddressSource.PROXY_PROTOCOL) {
            findings.add(new Finding(
                    "proxy-protocol",
                    "the PROXY protocol lets whoever connects name any client address"
                            + (proxiesListed ? ", which is then what trusted-proxies is compared with" : "")
                            + ": let nobody but your own proxy reach this connector"));
        } else if (!proxiesListed) {
            // With a list, the list alone decides.
            findings.add(new Finding(
                    "forwarded",
                    "ForwardedRequestCustomizer believes anybody's Forwarded and X-Forwarded-* fields: list your own"
                            + " proxy in lb.forwarded.trusted-proxies, or disable the module forwarded"));
        }
    }

    private void stopping(Set<Finding> findings) {
        if (!graceful) {
            findings.add(new Finding(
                    "graceful", "a stop cuts requests in flight: enable the module graceful (GracefulHandler)"));
        } else if (stopTimeoutMillis <= 0) {
            findings.add(new Finding(
                    "graceful",
                    "a stop cuts requests in flight: set jetty.server.stopTimeout to milliseconds above 0"));
        }
    }
}
