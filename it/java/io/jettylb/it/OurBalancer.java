package io.jettylb.it;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The built module in a Jetty of its own. */
final class OurBalancer implements Balancer {

    private final JettyBase base;

    private OurBalancer(JettyBase base) {
        this.base = base;
    }

    /**
     * Starts it.
     *
     * @param base with the module; closed by the caller
     * @param upstreams in each of the pools
     * @param pools for each mount the settings of its pool
     */
    static OurBalancer start(JettyBase base, List<FaultyProcess> upstreams, Map<String, String> pools)
            throws IOException, InterruptedException {
        String list = upstreams.stream()
                .map(upstream -> "{ id = " + upstream.id() + ", uri = \"http://127.0.0.1:" + upstream.port() + "\" }")
                .collect(Collectors.joining(", "));
        StringBuilder conf = new StringBuilder("lb {\n");
        pools.forEach((mount, settings) -> {
            String name = mount.substring(1);
            conf.append("mounts { \"" + mount + "\" { pool = " + name + " } }\n");
            conf.append("pools { " + name + " {\nupstreams = [ " + list + " ]\n" + settings + "\n} }\n");
        });
        base.lbConf(conf.append("}\n").toString());
        base.start();
        return new OurBalancer(base);
    }

    @Override
    public int port() {
        return base.port();
    }

    @Override
    public String output() {
        return base.server().output();
    }

    @Override
    public ProcessHandle process() {
        return ProcessHandle.of(base.server().pid()).orElseThrow();
    }

    @Override
    public void takeOut(String id) {
        // The probes do.
    }

    @Override
    public void putBack(String id) {
        // The probes do.
    }

    @Override
    public void close() {
        base.close();
    }
}
