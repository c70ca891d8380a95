package io.jettylb.proxy;

import io.jettylb.config.ProbeRequest;
import io.jettylb.config.UpstreamConfig;
import java.util.function.Function;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpHeader;

/** The fields that probes send: those of the operator, the {@code Host}, and how we see the upstream. Thread-safe. */
final class ProbeFields {

    static final String STATE = "X-LB-Upstream-State";

    private final ProbeRequest rules;
    private final Function<UpstreamConfig, String> state;

    /**
     * Fields.
     *
     * @param rules what the operator wants to be sent
     * @param state how an upstream is seen; null: it is not told
     */
    ProbeFields(ProbeRequest rules, Function<UpstreamConfig, String> state) {
        this.rules = rules;
        this.state = state;
    }

    void write(UpstreamConfig upstream, Request request) {
        request.headers(fields -> {
            rules.headers().forEach(fields::put);
            if (rules.host() != null) {
                fields.put(HttpHeader.HOST, rules.host());
            }
            if (state != null) {
                fields.put(STATE, state.apply(upstream));
            }
        });
        if (rules.host() != null) {
            request.onRequestBegin(this::nameAuthority);
        }
    }

    /** HTTP/2 has an authority in place of Host. Not before: where to connect to is decided by the same. */
    private void nameAuthority(Request request) {
        boolean http1 = request.getConnection() instanceof org.eclipse.jetty.io.Connection;
        if (!http1) {
            request.headers(fields -> fields.remove(HttpHeader.HOST));
            request.host(rules.host()).port(-1);
        }
    }
}
