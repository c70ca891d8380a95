package io.jettylb.proxy;

import org.eclipse.jetty.client.Request;

/** The content of a request as one attempt reads it. */
interface AttemptContent extends Request.Content {

    /** Whether everything was read. */
    boolean isComplete();

    /** The attempt is over: whoever reads on gets nothing. */
    void close();

    @Override
    default String getContentType() {
        // The client's field is copied; where it sent none, none is made up.
        return null;
    }
}
