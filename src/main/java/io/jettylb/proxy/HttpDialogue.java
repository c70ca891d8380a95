package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import java.net.URI;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;

/** What a probe over HTTP says, and what it makes of the answer. Thread-safe. */
interface HttpDialogue {

    /** Where the request goes to. */
    URI uri(UpstreamConfig upstream);

    /** Completes a request that has nothing yet but its URI, the user agent and the wish for a connection of its own. */
    void write(UpstreamConfig upstream, Request request);

    /** Whether the content of the response is of interest. */
    boolean readsContent();

    /** Whether judging may take so long that it needs a thread to itself. */
    boolean takesTime();

    /**
     * Judges a response that came as a whole, or of which more came than anybody reads.
     *
     * @param response its head, and its trailers
     * @param content its first bytes; none unless they are of interest
     * @param cut whether there is more
     * @return what is wrong with it; null if it passes
     */
    String judge(Response response, byte[] content, boolean cut);
}
