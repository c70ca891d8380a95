package io.jettylb.servlet;

import io.jettylb.config.MountConfig;
import io.jettylb.proxy.LoadBalancer;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;

/** Makes the mounts of a configuration: one context for each, with nothing but the servlet and its filter in it. */
public final class ServletMounts {

    private ServletMounts() {}

    /**
     * Adds a context for every mount. Called by {@code etc/jetty-lb-ee10.xml} before the server starts.
     *
     * @param loadBalancer the bean
     * @param contexts the server's contexts
     */
    public static void install(LoadBalancer loadBalancer, ContextHandlerCollection contexts) {
        for (MountConfig mount : loadBalancer.mounts()) {
            contexts.addHandler(context(mount, loadBalancer.isSticky(mount.pool())));
        }
    }

    private static ServletContextHandler context(MountConfig mount, boolean sticky) {
        ServletContextHandler context = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
        context.setContextPath(mount.contextPath());
        context.setDisplayName("lb " + mount.contextPath());
        if (!mount.virtualHosts().isEmpty()) {
            context.setVirtualHosts(mount.virtualHosts());
        }
        // "/api" is the mount's too, not a redirect to "/api/".
        context.setAllowNullPathInContext(true);
        if (sticky) {
            FilterHolder filter = new FilterHolder(StickyCookieFilter.class);
            filter.setName("lb-sticky");
            filter.setAsyncSupported(true);
            context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
        }
        ServletHolder holder = new ServletHolder("lb", LoadBalancerServlet.class);
        holder.setAsyncSupported(true);
        holder.setInitOrder(1);
        holder.setInitParameter(LoadBalancerServlet.POOL, mount.pool());
        holder.setInitParameter(LoadBalancerServlet.STRIP_CONTEXT_PATH, Boolean.toString(mount.stripContextPath()));
        context.setAttribute(LoadBalancerServlet.MOUNT_ATTRIBUTE, mount);
        context.addServlet(holder, "/*");
        return context;
    }
}
