package io.jettylb.servlet;

import io.jettylb.proxy.StickySession;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/**
 * Says which requests are sticky: it leaves a {@link StickySession} on those that pass it, for a
 * {@link LoadBalancerServlet} behind it. It reads no cookie and decides nothing, because name and secret belong to the
 * pool, which is not known yet.
 *
 * <p>Mounts have it where their pool is sticky. In a {@code web.xml} of one's own it is needed only to limit stickiness
 * to some paths, by its mapping: without it all requests of a sticky pool are sticky. It takes no init parameters, needs
 * {@code async-supported}, and does nothing where the pool is not sticky. Thread-safe.
 */
public final class StickyCookieFilter implements Filter {

    /** Creates the filter. */
    public StickyCookieFilter() {}

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        StickySession session = new StickySession(ServletContextRequest.getServletContextRequest(request));
        request.setAttribute(StickySession.ATTRIBUTE, session);
        chain.doFilter(request, response);
    }
}
