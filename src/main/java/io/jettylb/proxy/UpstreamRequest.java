package io.jettylb.proxy;

import java.net.URI;
import java.nio.ByteBuffer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpStatus;

/**
 * Jetty's client request, but for what it would change: {@link HttpRequest} parses and normalises method and target,
 * while a proxy has to send them as they came.
 */
final class UpstreamRequest extends HttpRequest implements Response.Listener, Transport.Sending {

    private final Attempt attempt;
    private final String path;
    private final String query;

    UpstreamRequest(HttpClient client, URI origin, Attempt attempt) {
        super(client, new HttpConversation(), origin);
        this.attempt = attempt;
        String target = attempt.target();
        int question = target.indexOf('?');
        this.path = question < 0 ? target : target.substring(0, question);
        this.query = question < 0 ? null : target.substring(question + 1);
    }

    @Override
    public String getMethod() {
        return attempt.method();
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public String getQuery() {
        return query;
    }

    @Override
    public URI getURI() {
        // Only used to find cookies, credentials and a Host: none of them is the client library's business here.
        return null;
    }

    @Override
    public void notifyHeaders() {
        boolean reused =
                getConnection() instanceof org.eclipse.jetty.io.Connection connection && connection.getMessagesIn() > 0;
        attempt.onSending(reused);
    }

    @Override
    public void notifyCommit() {
        attempt.onProgress();
    }

    @Override
    public void notifyContent(ByteBuffer content) {
        attempt.onProgress();
    }

    @Override
    public void notifySuccess() {
        attempt.onSent();
    }

    @Override
    public void onHeaders(Response response) {
        try {
            int status = response.getStatus();
            if (status == HttpStatus.SWITCHING_PROTOCOLS_101) {
                throw new IllegalStateException("101 without an upgrade");
            }
            attempt.onResponse(status, response.getHeaders());
        } catch (Throwable failure) {
            // The client library only logs what a listener throws.
            abort(failure);
        }
    }

    @Override
    public void onContentSource(Response response, org.eclipse.jetty.io.Content.Source content) {
        try {
            attempt.onContent(content);
        } catch (Throwable failure) {
            abort(failure);
        }
    }

    @Override
    public void onComplete(Result result) {
        attempt.onComplete(result.getFailure());
    }

    @Override
    public void cancel(Throwable cause) {
        abort(cause);
    }
}
