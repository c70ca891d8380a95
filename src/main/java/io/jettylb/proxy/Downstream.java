package io.jettylb.proxy;

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

    /** The last write has succeeded. */
    void complete();

    /**
     * The response cannot be finished: what was sent of it must not look complete.
     *
     * @param cause why
     */
    void abort(Throwable cause);
}
