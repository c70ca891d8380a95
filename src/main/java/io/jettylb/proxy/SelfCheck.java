package io.jettylb.proxy;

import io.jettylb.config.Compliance;
import io.jettylb.config.Finding;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.Surroundings;
import io.jettylb.config.Surroundings.AddressSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.ComplianceViolation;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Jetty;
import org.eclipse.jetty.util.component.Container;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the server around the load balancer, sets right what is ours to set, and warns of the rest once the server
 * has started: only then is it complete.
 */
final class SelfCheck implements LifeCycle.Listener, Container.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(SelfCheck.class);

    /** By name: some are missing from one line of Jetty, or about to go. */
    private static final Set<String> COMPRESSION = Set.of(
            "org.eclipse.jetty.server.handler.gzip.GzipHandler",
            "org.eclipse.jetty.compression.server.CompressionHandler");

    private final Server server;
    private final Supplier<LbConfig> config;
    private final Set<String> mounts;

    /**
     * A check.
     *
     * @param mounts what the server has been given
     * @param config what is in force
     */
    SelfCheck(Server server, List<MountConfig> mounts, Supplier<LbConfig> config) {
        this.server = server;
        this.config = config;
        this.mounts = mounts.stream().map(MountConfig::contextPath).collect(Collectors.toSet());
    }

    /** Begins to watch the server. */
    void attach() {
        // Tells of the connectors that are there, too.
        server.addEventListener(this);
        if (server.isStarted()) {
            warn();
        }
    }

    void detach() {
        server.removeEventListener(this);
    }

    @Override
    public void lifeCycleStarted(LifeCycle started) {
        if (started == server) {
            warn();
        }
    }

    @Override
    public void beanAdded(Container parent, Object bean) {
        if (bean instanceof Connector connector) {
            for (HttpConfiguration http : httpConfigurations(connector)) {
                // The cache that ignores case gives a request the field value of an earlier one on its connection, if
                // they differ in case only: another user's token, behind another proxy.
                http.setHeaderCacheCaseSensitive(true);
            }
        }
    }

    @Override
    public void beanRemoved(Container parent, Object bean) {}

    private void warn() {
        findings().forEach(finding -> LOG.warn("self-check: {}", finding));
    }

    List<Finding> findings() {
        LbConfig current = config.get();
        boolean proxiesListed = !current.forwarded().trustedProxies().isEmpty();
        return current.pools().isEmpty() ? List.of() : surroundings().findings(proxiesListed);
    }

    private Surroundings surroundings() {
        List<Compliance> uri = new ArrayList<>();
        List<Compliance> http = new ArrayList<>();
        List<String> caches = new ArrayList<>();
        Set<AddressSource> sources = EnumSet.noneOf(AddressSource.class);
        for (Connector connector : server.getConnectors()) {
            for (HttpConfiguration configuration : httpConfigurations(connector)) {
                uri.add(Compliance.ofUri(
                        configuration.getUriCompliance().getName(),
                        names(configuration.getUriCompliance().getAllowed())));
                http.add(Compliance.ofHttp(
                        configuration.getHttpCompliance().getName(),
                        names(configuration.getHttpCompliance().getAllowed())));
                if (configuration.getCustomizer(ForwardedRequestCustomizer.class) != null) {
                    sources.add(AddressSource.FORWARDED_FIELDS);
                }
            }
            if (connector.getConnectionFactory(ProxyConnectionFactory.class) != null) {
                sources.add(AddressSource.PROXY_PROTOCOL);
            }
            carelessCaches(connector, caches);
        }
        Set<String> compression = new TreeSet<>();
        collectCompression(server, List.of(), compression);
        boolean graceful = server.getDescendant(GracefulHandler.class) != null;
        return new Surroundings(
                Jetty.VERSION, uri, http, caches, sources, compression, graceful, server.getStopTimeout());
    }

    private static List<HttpConfiguration> httpConfigurations(Connector connector) {
        return connector.getConnectionFactories().stream()
                .filter(HttpConfiguration.ConnectionFactory.class::isInstance)
                .map(factory -> ((HttpConfiguration.ConnectionFactory) factory).getHttpConfiguration())
                .distinct()
                .toList();
    }

    private static Set<String> names(Set<? extends ComplianceViolation> violations) {
        return violations.stream().map(ComplianceViolation::getName).collect(Collectors.toSet());
    }

    /** Only HTTP/1 has the cache. */
    private static void carelessCaches(Connector connector, List<String> caches) {
        for (ConnectionFactory factory : connector.getConnectionFactories()) {
            boolean careful = factory instanceof HttpConfiguration.ConnectionFactory http
                    && http.getHttpConfiguration().isHeaderCacheCaseSensitive();
            if (!careful && factory.getProtocols().stream().anyMatch(SelfCheck::isHttp1)) {
                caches.add("the header cache of " + factory.getClass().getName());
            }
        }
    }

    private static boolean isHttp1(String protocol) {
        return protocol.toLowerCase(Locale.ROOT).startsWith("http/1");
    }

    /** Walks down to the mounts, and into them, but not into the contexts of others. */
    private void collectCompression(Handler handler, List<String> above, Set<String> found) {
        List<String> inFront = above;
        if (handler instanceof ContextHandler context) {
            if (!mounts.contains(context.getContextPath())) {
                return;
            }
            found.addAll(above);
            context.getDescendants(Handler.Wrapper.class).stream()
                    .map(SelfCheck::compression)
                    .filter(Objects::nonNull)
                    .forEach(found::add);
            return;
        }
        String name = compression(handler);
        if (name != null) {
            inFront = new ArrayList<>(above);
            inFront.add(name);
        }
        if (handler instanceof Handler.Container container) {
            for (Handler child : container.getHandlers()) {
                collectCompression(child, inFront, found);
            }
        }
    }

    /** The name of a handler that compresses; null for all others. */
    private static String compression(Handler handler) {
        for (Class<?> type = handler.getClass(); type != null; type = type.getSuperclass()) {
            if (COMPRESSION.contains(type.getName())) {
                return type.getSimpleName();
            }
        }
        return null;
    }
}
