package io.jettylb.proxy;

import java.util.function.Consumer;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * One client request as a front hands it in. The exchange reads and writes; it calls exactly one of {@link #complete()}
 * and {@link #abort} exactly once, when nothing of its own touches request or response any more.
 */
public interface Downstream {

    /**
     * Where the request is read from.
     *
     * @return the core request
     */
    Request request();

    /**
     * Where the response is written to. It may carry fields already, which stay.
     *
     * @return the core response beneath everything that rewrites fields
     */
    Response response();

    /**
     * Says whom to tell if the client fails while nothing is being read or written. Called once, before anything else;
     * the listener may be called at any time, and not at all where the protocol does not show it.
     *
     * @param listener is told why
     */
    void onClientFailure(Consumer<Throwable> listener);

    /** The last write has succeeded. */
    void complete();

    /**
     * The response cannot be finished: what was sent of it must not look complete.
     *
     * @param cause why
     */
    void abort(Throwable cause);
}
