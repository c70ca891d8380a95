package io.jettylb.servlet;

import io.jettylb.proxy.Downstream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.servlet.ServletContextResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * A request that filters have wrapped in a way that only works while the servlet runs: a compressing response for
 * instance, which is finished when the chain returns. The servlet's thread stays and does the blocking reads and writes
 * that the data path asks for, one after the other; nobody else's thread is ever blocked.
 */
final class BlockingExchange implements Downstream {

    private final ServletContextRequest core;
    private final Request request;
    private final Response response;
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private volatile Consumer<Throwable> clientFailure = failure -> {};
    private boolean over;

    /**
     * Creates the exchange.
     *
     * @param core the request beneath the servlet API
     * @param request the same, or what filters have made of it
     * @param wrapper the response as filters have wrapped it, or null if they have not
     */
    BlockingExchange(ServletContextRequest core, Request request, HttpServletResponse wrapper) {
        this.core = core;
        this.request = request instanceof WrappedRequest wrapped && wrapped.replacedContent() != null
                ? new BlockingContent(wrapped, tasks::add)
                : request;
        ServletContextResponse beneath = core.getServletContextResponse();
        this.response = wrapper == null
                ? beneath.getWrapped()
                : new WrappedResponse(this.request, beneath, wrapper, tasks::add, tasks::isEmpty);
    }

    /** Works until the exchange is over. The thread that calls this is the only one that touches the wrappers. */
    void await() {
        boolean interrupted = false;
        while (!over) {
            try {
                tasks.take().run();
            } catch (InterruptedException stopping) {
                // The server is being stopped by force: the exchange ends as if the client had left.
                interrupted = true;
                clientFailure.accept(stopping);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Request request() {
        return request;
    }

    @Override
    public Response response() {
        return response;
    }

    @Override
    public void onClientFailure(Consumer<Throwable> listener) {
        clientFailure = listener;
        core.addFailureListener(listener);
    }

    @Override
    public void complete() {
        tasks.add(() -> over = true);
    }

    @Override
    public void abort(Throwable cause) {
        tasks.add(() -> {
            over = true;
            core.getServletChannel().abort(cause);
            // What a wrapper still writes when the chain returns must not end the message in good order.
            core.getHttpOutput().softClose();
        });
    }

    /** A failure of a wrapper's stream, as the data path takes it. */
    static IOException asFailure(Throwable failure) {
        return failure instanceof IOException io ? io : new IOException(failure);
    }
}
