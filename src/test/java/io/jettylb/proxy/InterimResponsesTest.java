package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.testing.RawUpstream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.junit.jupiter.api.Test;

class InterimResponsesTest {

    /** Aborts the request at the moment at which the client library takes it for complete. */
    private static final class Aborting implements ProtocolHandler, Response.Listener {
        private final InterimResponses behind = new InterimResponses();
        private final Throwable cause;
        private final CompletableFuture<Boolean> noticed = new CompletableFuture<>();

        Aborting(Throwable cause) {
            this.cause = cause;
        }

        @Override
        public String getName() {
            return behind.getName();
        }

        @Override
        public boolean accept(Request request, Response response) {
            return behind.accept(request, response);
        }

        @Override
        public Response.Listener getResponseListener() {
            return this;
        }

        @Override
        public void onSuccess(Response response) {
            response.getRequest().abort(cause).thenAccept(noticed::complete);
            behind.onSuccess(response);
        }

        @Override
        public void onFailure(Response response, Throwable failure) {
            behind.onFailure(response, failure);
        }
    }

    @Test
    void anAbortBetweenAnInterimResponseAndTheNextOneEndsTheRequest() throws Exception {
        CompletableFuture<Integer> end = new CompletableFuture<>();
        RawUpstream upstream = new RawUpstream(exchange -> {
            exchange.send("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
            end.complete(exchange.in().read());
            return false;
        });
        HttpClient client = new HttpClient();
        Aborting aborting = new Aborting(new TimeoutException("too late"));
        try (upstream) {
            client.start();
            client.getProtocolHandlers().clear();
            client.getProtocolHandlers().put(aborting);
            CompletableFuture<ContentResponse> answer =
                    new CompletableResponseListener(client.newRequest(upstream.uri())).send();
            assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isSameAs(aborting.cause);
            assertThat(aborting.noticed.get(10, TimeUnit.SECONDS))
                    .as("the client library did something about the abort")
                    .isFalse();
            assertThat(end.get(10, TimeUnit.SECONDS))
                    .as("what the upstream reads")
                    .isEqualTo(-1);
        } finally {
            client.stop();
        }
    }
}
