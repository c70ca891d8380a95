package io.jettylb.proxy;

import org.eclipse.jetty.client.ProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.util.Promise;

/**
 * Takes the 1xx responses of upstreams out of the exchange that goes on after them; without a handler they would end it.
 * A 101 ends it in any case.
 */
final class InterimResponses implements ProtocolHandler, Response.Listener {

    @Override
    public String getName() {
        return "interim";
    }

    @Override
    public boolean accept(Request request, Response response) {
        int status = response.getStatus();
        return HttpStatus.isInterim(status) && status != HttpStatus.SWITCHING_PROTOCOLS_101;
    }

    @Override
    public Response.Listener getResponseListener() {
        return this;
    }

    @Override
    public void onSuccess(Response response) {
        HttpConversation conversation = conversation(response);
        // What follows is another response, for the listeners of the request.
        conversation.updateResponseListeners(null);
        int status = response.getStatus();
        HttpFields fields = response.getHeaders();
        conversation.getExchanges().peekLast().resetResponse();
        Throwable aborted = response.getRequest().getAbortCause();
        if (aborted != null) {
            // An abort between the end of this response and the reset took the exchange for complete and did nothing.
            conversation.abort(aborted, Promise.noop());
            return;
        }
        if (response.getRequest() instanceof UpstreamRequest request) {
            request.interim(status, fields);
        }
    }

    @Override
    public void onFailure(Response response, Throwable failure) {
        HttpConversation conversation = conversation(response);
        conversation.updateResponseListeners(null);
        HttpExchange exchange = conversation.getExchanges().peekLast();
        if (exchange != null) {
            Request request = exchange.getRequest();
            exchange.getResponseListeners()
                    .emitFailureComplete(new Result(request, exchange.getRequestFailure(), response, failure));
        }
    }

    private static HttpConversation conversation(Response response) {
        return ((HttpRequest) response.getRequest()).getConversation();
    }
}
