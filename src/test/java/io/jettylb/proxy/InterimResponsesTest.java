package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InterimResponsesTest {

    /** Aborts the request at the moment at which the client library takes it for complete. */
    private static final class Aborting implements ProtocolHandler, Response.Listener {
        private final InterimResponses behind = new InterimResponses();
        private final Throwable cause;
        private final CompletableFuture<Boolean> noticed = new CompletableFuture<>();
        /** What it waits for. The response may come before the thread that sends has seen that the request is sent. */
        private volatile CompletableFuture<Void> abortsAfter = CompletableFuture.completedFuture(null);

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
            abortsAfter.orTimeout(10, TimeUnit.SECONDS).join();
            response.getRequest().abort(cause).thenAccept(noticed::complete);
            behind.onSuccess(response);
        }

        @Override
        public void onFailure(Response response, Throwable failure) {
            behind.onFailure(response, failure);
        }
    }

    private final CompletableFuture<Integer> end = new CompletableFuture<>();
    private final CompletableFuture<Void> sent = new CompletableFuture<>();
    private final Aborting aborting = new Aborting(new TimeoutException("too late"));
    private final HttpClient client = new HttpClient();

    private boolean interim(RawUpstream.Exchange exchange) throws IOException {
        exchange.send("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
        end.complete(exchange.in().read());
        return false;
    }

    @BeforeEach
    void start() throws Exception {
        client.start();
        client.getProtocolHandlers().clear();
        client.getProtocolHandlers().put(aborting);
    }

    @AfterEach
    void stop() throws Exception {
        client.stop();
    }

    private void assertAborted(Request request) throws Exception {
        CompletableFuture<ContentResponse> answer = new CompletableResponseListener(request).send();
        assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isSameAs(aborting.cause);
        assertThat(end.get(10, TimeUnit.SECONDS)).as("what the upstream reads").isEqualTo(-1);
    }

    @Test
    void anAbortBetweenAnInterimResponseAndTheNextOneEndsTheRequest() throws Exception {
        try (RawUpstream upstream = new RawUpstream(this::interim)) {
            aborting.abortsAfter = sent;
            assertAborted(client.newRequest(upstream.uri()).onRequestSuccess(request -> sent.complete(null)));
            assertThat(aborting.noticed.get(10, TimeUnit.SECONDS))
                    .as("the client library did something about the abort")
                    .isFalse();
        }
    }

    @Test
    void soDoesOneWhileTheRequestIsBeingSent() throws Exception {
        try (RawUpstream upstream = new RawUpstream(this::interim)) {
            assertAborted(client.newRequest(upstream.uri()).method("POST").body(new AsyncRequestContent()));
        }
    }
}
