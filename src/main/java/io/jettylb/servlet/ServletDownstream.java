package io.jettylb.servlet;

import io.jettylb.proxy.Downstream;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * A servlet request seen from beneath: content and fields are read and written on the core side, where nothing rewrites
 * them, and the asynchronous context is completed when that is done.
 */
final class ServletDownstream implements Downstream, AsyncListener {

    private final ServletContextRequest core;
    private final Request request;
    private final Response response;
    private final AsyncContext async;
    private final AtomicBoolean over = new AtomicBoolean();
    private Consumer<Throwable> clientFailure;
    private boolean clientFailed;
    private boolean told;

    /**
     * Creates the downstream.
     *
     * @param core the request beneath the servlet API
     * @param request the same, or what filters have made of it
     * @param async started, without a timeout from here on
     */
    ServletDownstream(ServletContextRequest core, Request request, AsyncContext async) {
        this.core = core;
        this.request = request;
        // Not the servlet response itself: it rewrites Content-Type, and takes a Content-Length for a promise that the
        // servlet's own output has to keep.
        this.response = core.getServletContextResponse().getWrapped();
        this.async = async;
        async.setTimeout(0);
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
        async.addListener(this);
        // The asynchronous context, which is told before this one, hears of nothing until the servlet has returned.
        core.addFailureListener(this::clientFailed);
    }

    /** The container says that the client is gone: by a reset in HTTP/2, never in HTTP/1.1. */
    @Override
    public void onError(AsyncEvent event) {
        clientFailed(event.getThrowable());
    }

    private void clientFailed(Throwable failure) {
        if (!isFirst()) {
            return;
        }
        try {
            clientFailure.accept(failure);
        } finally {
            synchronized (over) {
                told = true;
                over.notifyAll();
            }
        }
        // The container wants an answer before onError returns; once committed, it makes that a reset.
        complete();
    }

    /** Whether nobody else tells it. If somebody does, that is over when this returns: the container goes on then. */
    private boolean isFirst() {
        boolean interrupted = false;
        synchronized (over) {
            if (!clientFailed && !over.get()) {
                clientFailed = true;
                return true;
            }
            while (clientFailed && !told && !over.get()) {
                try {
                    over.wait();
                } catch (InterruptedException stopping) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Started once, by the servlet.
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // There is none: the deadlines are the pool's.
    }

    @Override
    public void onComplete(AsyncEvent event) {
        // Whoever completes knows.
    }

    @Override
    public void complete() {
        if (over.compareAndSet(false, true)) {
            async.complete();
        }
    }

    @Override
    public void abort(Throwable cause) {
        synchronized (over) {
            // The container ends the request after onError, and its channel is another request's then.
            if (!clientFailed && over.compareAndSet(false, true)) {
                // Completing would end the message in good order: a part would pass for the whole.
                core.getServletChannel().abort(cause);
            }
        }
    }
}
