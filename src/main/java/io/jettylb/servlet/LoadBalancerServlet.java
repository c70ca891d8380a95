package io.jettylb.servlet;

import io.jettylb.config.MountConfig;
import io.jettylb.proxy.Downstream;
import io.jettylb.proxy.LoadBalancer;
import io.jettylb.proxy.Mounted;
import io.jettylb.proxy.StickySession;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.proxy.ProxyServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Balances what it is mapped to over a pool of the server's {@link LoadBalancer}.
 *
 * <p>It is a {@link ProxyServlet} so that it is found, exposed and configured where Jetty users expect a proxy; the way
 * of a request is our own, see {@link LoadBalancer#balance}. Init parameters: {@code pool}, required, and {@code
 * strip-context-path}, {@code false} unless given. Those of {@link ProxyServlet} are not read.
 *
 * <p>If the pool is sticky, all requests are; but where the context has a {@link StickyCookieFilter}, only those that
 * pass it.
 */
public class LoadBalancerServlet extends ProxyServlet {

    /** Init parameter: the pool's name. */
    public static final String POOL = "pool";
    /** Init parameter: whether the context path is taken off before the path goes upstream. */
    public static final String STRIP_CONTEXT_PATH = "strip-context-path";

    /** Context attribute: the mount as the configuration has it, which says more than init parameters can. */
    static final String MOUNT_ATTRIBUTE = "io.jettylb.mount";

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(LoadBalancerServlet.class);

    private transient LoadBalancer loadBalancer;
    private transient Mounted mount;
    private transient boolean filtered;

    /** Creates the servlet; it finds its pool when it is initialised. */
    public LoadBalancerServlet() {}

    @Override
    public void init() throws ServletException {
        ServletContextHandler context = ServletContextHandler.getServletContextHandler(getServletContext());
        LoadBalancer bean = context.getServer().getBean(LoadBalancer.class);
        if (bean == null) {
            throw new ServletException("no LoadBalancer in this server (enable module lb)");
        }
        warnAboutInherited(getServletConfig().getInitParameterNames().asIterator());
        // The pool of a mount may be another one by now.
        mount = bean.mount(
                context.getAttribute(MOUNT_ATTRIBUTE) instanceof MountConfig configured
                        ? configured
                        : named(context.getContextPath(), bean.getPools()));
        filtered = getServletContext().getFilterRegistrations().values().stream()
                .anyMatch(filter -> StickyCookieFilter.class.getName().equals(filter.getClassName()));
        loadBalancer = bean;
    }

    private MountConfig named(String contextPath, List<String> pools) throws ServletException {
        String pool = getInitParameter(POOL);
        if (pool == null || !pools.contains(pool)) {
            throw new ServletException("init parameter pool: " + pool + " (expected: one of " + pools + ")");
        }
        boolean strip = Boolean.parseBoolean(getInitParameter(STRIP_CONTEXT_PATH));
        return new MountConfig(contextPath, List.of(), strip, pool);
    }

    private void warnAboutInherited(java.util.Iterator<String> names) {
        Set<String> foreign = new TreeSet<>();
        names.forEachRemaining(foreign::add);
        foreign.removeAll(Set.of(POOL, STRIP_CONTEXT_PATH));
        for (String name : foreign) {
            LOG.warn("init parameter {} of servlet {} is not read: see lb.conf", name, getServletName());
        }
    }

    @Override
    public void destroy() {
        // Nothing is owned here: clients and pools belong to the bean.
        loadBalancer = null;
    }

    @Override
    protected HttpClient getHttpClient() {
        return loadBalancer.httpClient(mount);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletContextRequest core = ServletContextRequest.getServletContextRequest(request);
        boolean sameResponse = response == core.getServletContextResponse().getServletApiResponse();
        Request seen = request == core.getServletApiRequest() ? core : WrappedRequest.of(request, core);
        boolean ownContent = !(seen instanceof WrappedRequest wrapped) || wrapped.replacedContent() == null;
        if (sameResponse && ownContent && request.isAsyncSupported()) {
            balance(new ServletDownstream(core, seen, request.startAsync()), request);
        } else {
            BlockingExchange exchange = new BlockingExchange(core, seen, sameResponse ? null : response);
            balance(exchange, request);
            exchange.await();
        }
    }

    private void balance(Downstream downstream, HttpServletRequest request) {
        try {
            loadBalancer.balance(mount, downstream, sticky(request));
        } catch (Throwable failure) {
            // Nobody else would end an asynchronous request without a timeout.
            LOG.warn("{} {}", request.getMethod(), request.getRequestURI(), failure);
            downstream.abort(failure);
        }
    }

    private StickySession sticky(HttpServletRequest request) {
        return filtered
                ? (StickySession) request.getAttribute(StickySession.ATTRIBUTE)
                : new StickySession(ServletContextRequest.getServletContextRequest(request));
    }
}
