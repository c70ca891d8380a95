package io.jettylb.proxy;

import io.jettylb.config.LoadReportConfig;
import io.jettylb.health.OrcaReport;
import io.jettylb.health.UpstreamReport;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what upstreams say about themselves in the fields of their responses. These fields are for this hop and go no
 * further. Thread-safe.
 */
final class LoadReports {

    /** Of ORCA, as Envoy and gRPC have it. */
    static final String ORCA = "endpoint-load-metrics";

    private static final String ORCA_BINARY = "endpoint-load-metrics-bin";

    private static final Logger LOG = LoggerFactory.getLogger(LoadReports.class);

    private final LoadReportConfig config;
    /** Upstreams that have sent something unreadable, which is said once. */
    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

    private LoadReports(LoadReportConfig config) {
        this.config = config;
    }

    /** Null if nobody listens. */
    static LoadReports of(LoadReportConfig config) {
        return config == null ? null : new LoadReports(config);
    }

    /** Whether the words of agents are read, too. */
    boolean agent() {
        return config.agent();
    }

    /**
     * What the fields say.
     *
     * @param label how logs call the upstream
     * @param fields the response's
     * @param words what its agent says, or null
     * @return null if they say nothing
     */
    UpstreamReport read(String label, HttpFields fields, String words) {
        double share = Double.NaN;
        int inFlight = -1;
        OrcaReport orca = null;
        for (HttpField field : fields) {
            String value = field.getValue() == null ? "" : field.getValue();
            boolean readable = true;
            if (is(field, config.weightHeader())) {
                share = UpstreamReport.share(value);
                readable = !Double.isNaN(share);
            } else if (is(field, config.inFlightHeader())) {
                inFlight = UpstreamReport.inFlight(value);
                readable = inFlight >= 0;
            } else if (config.orca() && is(field, ORCA)) {
                orca = OrcaReport.parse(value);
                readable = orca != null;
            }
            if (!readable && LOG.isDebugEnabled() && unreadable.add(label)) {
                LOG.debug("{} sends an unreadable {}; later ones are not logged", label, field.getName());
            }
        }
        UpstreamReport report = new UpstreamReport(share, inFlight, orca, words);
        return report.empty() ? null : report;
    }

    /** The fields that are for clients: these themselves if none of them is ours. */
    HttpFields others(HttpFields fields) {
        HttpFields.Mutable others = null;
        int index = 0;
        for (HttpField field : fields) {
            if (isOurs(field)) {
                if (others == null) {
                    others = first(fields, index);
                }
            } else if (others != null) {
                others.add(field);
            }
            index++;
        }
        return others == null ? fields : others;
    }

    private static HttpFields.Mutable first(HttpFields fields, int count) {
        HttpFields.Mutable first = HttpFields.build();
        int index = 0;
        for (HttpField field : fields) {
            if (index++ == count) {
                break;
            }
            first.add(field);
        }
        return first;
    }

    /** The binary form of ORCA is not read, but is no more meant for clients than the other ones. */
    private boolean isOurs(HttpField field) {
        return is(field, config.weightHeader())
                || is(field, config.inFlightHeader())
                || config.orca() && (is(field, ORCA) || is(field, ORCA_BINARY));
    }

    private static boolean is(HttpField field, String name) {
        return name != null && name.equalsIgnoreCase(field.getName());
    }
}
