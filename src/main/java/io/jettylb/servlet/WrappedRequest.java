package io.jettylb.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/**
 * A request as the filters of its mount have wrapped it: what a wrapper changes is taken from the wrapper, everything
 * else from beneath the servlet API, so that fields nobody touched stay as they were sent.
 */
final class WrappedRequest extends Request.Wrapper {

    private final HttpServletRequest wrapper;
    private final HttpFields fields;
    private final HttpURI uri;
    private final ConnectionMetaData connection;
    private final InputStream content;

    private WrappedRequest(HttpServletRequest wrapper, ServletContextRequest core, InputStream content) {
        super(core);
        this.wrapper = wrapper;
        this.content = content;
        this.fields = fields(wrapper, core.getHeaders());
        this.uri = uri(wrapper, core);
        this.connection = connection(wrapper, core);
    }

    /**
     * Looks at what filters have made of a request.
     *
     * @param wrapper what the servlet got
     * @param core what it is beneath
     * @return an adapter
     * @throws IOException if a wrapper cannot give its content
     */
    static WrappedRequest of(HttpServletRequest wrapper, ServletContextRequest core) throws IOException {
        return new WrappedRequest(wrapper, core, replacedContent(wrapper, core));
    }

    /** The stream of a wrapper that gives other content than the client sent, or null if it does not. */
    private static InputStream replacedContent(HttpServletRequest wrapper, ServletContextRequest core)
            throws IOException {
        boolean http1 = core.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion();
        boolean none = core.getLength() == 0
                || http1 && core.getLength() < 0 && !core.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
        if (none) {
            return null;
        }
        InputStream stream = wrapper.getInputStream();
        return stream == core.getServletApiRequest().getInputStream() ? null : stream;
    }

    /** The content that a filter has put in place of the client's; it blocks. Null: the client's own. */
    InputStream replacedContent() {
        return content;
    }

    @Override
    public String getMethod() {
        return wrapper.getMethod();
    }

    @Override
    public HttpFields getHeaders() {
        return fields;
    }

    @Override
    public HttpURI getHttpURI() {
        return uri;
    }

    @Override
    public boolean isSecure() {
        return wrapper.isSecure();
    }

    @Override
    public ConnectionMetaData getConnectionMetaData() {
        return connection;
    }

    private static HttpFields fields(HttpServletRequest wrapper, HttpFields sent) {
        Set<String> names = new LinkedHashSet<>(sent.getFieldNamesCollection());
        Set<String> lower = new LinkedHashSet<>();
        names.forEach(name -> lower.add(name.toLowerCase(Locale.ROOT)));
        for (String name : Collections.list(wrapper.getHeaderNames())) {
            if (lower.add(name.toLowerCase(Locale.ROOT))) {
                names.add(name);
            }
        }
        HttpFields.Mutable fields = HttpFields.build(sent);
        for (String name : names) {
            List<String> before = sent.getValuesList(name);
            List<String> after = values(wrapper, name);
            if (!after.equals(before)) {
                fields.remove(name);
                after.forEach(value -> fields.add(new HttpField(name, value)));
            }
        }
        return fields.asImmutable();
    }

    /** What a wrapper says of a name; many override one of the two methods and forget the other. */
    private static List<String> values(HttpServletRequest wrapper, String name) {
        List<String> all = new ArrayList<>(Collections.list(wrapper.getHeaders(name)));
        String first = wrapper.getHeader(name);
        if (first == null || !all.isEmpty() && all.get(0).equals(first)) {
            return first == null ? List.of() : all;
        }
        return List.of(first);
    }

    private static HttpURI uri(HttpServletRequest wrapper, ServletContextRequest core) {
        HttpURI uri = core.getHttpURI();
        HttpServletRequest sent = core.getServletApiRequest();
        HttpURI.Mutable changed = HttpURI.build(uri);
        if (!Objects.equals(wrapper.getRequestURI(), sent.getRequestURI())) {
            changed.path(wrapper.getRequestURI());
            changed.query(uri.getQuery());
        }
        if (!Objects.equals(wrapper.getQueryString(), sent.getQueryString())) {
            changed.query(wrapper.getQueryString());
        }
        if (!Objects.equals(wrapper.getScheme(), sent.getScheme())) {
            changed.scheme(wrapper.getScheme());
        }
        return changed.asImmutable();
    }

    private static ConnectionMetaData connection(HttpServletRequest wrapper, ServletContextRequest core) {
        String address = wrapper.getRemoteAddr();
        if (address == null || address.equals(core.getServletApiRequest().getRemoteAddr())) {
            return core.getConnectionMetaData();
        }
        // A filter knows better who the client is, from another proxy's word for instance.
        SocketAddress client = InetSocketAddress.createUnresolved(address, Math.max(0, wrapper.getRemotePort()));
        return new ConnectionMetaData.Wrapper(core.getConnectionMetaData()) {
            @Override
            public SocketAddress getRemoteSocketAddress() {
                return client;
            }
        };
    }
}
