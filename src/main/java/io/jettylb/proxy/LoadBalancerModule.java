package io.jettylb.proxy;

import io.jettylb.balance.Strategies;
import io.jettylb.config.ConfigException;
import io.jettylb.config.LbConfig;
import java.nio.file.Path;
import org.eclipse.jetty.server.Server;

/** What {@code etc/jetty-lb.xml} calls: the way from a file to a bean, and from a bad file to a readable end. */
public final class LoadBalancerModule {

    /** The exit code for a configuration that cannot be used, {@code EX_CONFIG} of sysexits. */
    public static final int EXIT_CONFIG = 78;

    private LoadBalancerModule() {}

    /**
     * Reads the configuration and adds the load balancer to the server. On a bad configuration it prints each problem on
     * a line and ends the process: whoever embeds Jetty calls {@link LbConfig#load} and {@link LoadBalancer} instead.
     *
     * @param server the server
     * @param configFile the configuration's path
     * @return the bean, not started
     */
    public static LoadBalancer install(Server server, String configFile) {
        try {
            Path file = Path.of(configFile);
            LoadBalancer loadBalancer =
                    new LoadBalancer(server, LbConfig.load(file, Strategies.installed(), UpstreamProtocols.spoken()));
            loadBalancer.setFile(file);
            server.addBean(loadBalancer);
            return loadBalancer;
        } catch (ConfigException problems) {
            problems.problems().forEach(System.err::println);
            System.err.flush();
            System.exit(EXIT_CONFIG);
            throw new IllegalStateException(problems);
        }
    }
}
