package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProtocolHandlers;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.ContainerLifeCycle;

/**
 * Sends probes by a client of its own, so that no limit and no saturation of the pool's client can fail them. Each probe
 * has a connection of its own: a kept one may be closed by the upstream just when it is used again, and it would not
 * show whether the upstream still accepts connections.
 */
final class HttpProber extends ContainerLifeCycle implements Prober {

    /** Bytes of content that are read for the sake of the upstream, which might log a broken pipe otherwise. */
    static final int MAX_CONTENT = 64 * 1024;
    /** Bytes. */
    private static final int MAX_RESPONSE_HEAD = 64 * 1024;

    private final ProbeConfig rules;
    private final HttpDialogue dialogue;
    private final HttpClient client;
    private final Map<UpstreamConfig, UpstreamLink> links = new IdentityHashMap<>();

    /**
     * A prober.
     *
     * @param config the pool, whose {@code probe} is not null
     * @param server whose threads and timer are used
     * @param tls the pool's TLS; null if it has none
     * @param dialogue what is said
     */
    HttpProber(PoolConfig config, Server server, UpstreamTls tls, HttpDialogue dialogue) {
        this.rules = config.probe();
        this.dialogue = dialogue;
        this.client = UpstreamProtocols.client(config, server, new ClientConnector(), tls, rules.timeout());
        client.setName("lb-probe-" + config.name());
        client.setConnectTimeout(rules.timeout().toMillis());
        client.setMaxResponseHeadersSize(MAX_RESPONSE_HEAD);
        client.setFollowRedirects(false);
        client.setUserAgentField(new HttpField(HttpHeader.USER_AGENT, "jetty-lb-probe"));
        client.setDefaultRequestContentType(null);
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        for (UpstreamConfig upstream : config.upstreams()) {
            links.put(upstream, new UpstreamLink(config, upstream, tls));
        }
        addBean(client);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        // The client adds these when it starts; a probe decodes nothing, follows nothing and has no password.
        client.getContentDecoderFactories().clear();
        ProtocolHandlers handlers = client.getProtocolHandlers();
        handlers.clear();
        handlers.put(new InterimResponses());
    }

    @Override
    public void probe(UpstreamConfig upstream, Consumer<ProbeResult> answer) {
        Probe probe = new Probe(answer);
        Request request = client.newRequest(dialogue.uri(upstream))
                .headers(fields -> fields.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString()))
                .timeout(rules.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .onRequestBegin(probe::connected);
        dialogue.write(upstream, request);
        links.get(upstream).prepareOwn(request);
        request.send(probe);
    }

    /** One probe. Its events follow each other. */
    private final class Probe implements Response.Listener {

        private final Consumer<ProbeResult> answer;
        private volatile boolean connected;
        private volatile boolean enough;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
        private long length;

        Probe(Consumer<ProbeResult> answer) {
            this.answer = answer;
        }

        void connected(Request request) {
            connected = true;
        }

        @Override
        public void onContent(Response response, ByteBuffer content) {
            length += content.remaining();
            if (dialogue.readsContent()) {
                byte[] chunk = new byte[Math.min(content.remaining(), MAX_CONTENT - kept.size())];
                content.slice().get(chunk);
                kept.writeBytes(chunk);
            }
            if (length > MAX_CONTENT && !enough) {
                enough = true;
                response.abort(new TimeoutException("more content than a probe reads"));
            }
        }

        @Override
        public void onComplete(Result result) {
            Connection connection = result.getRequest().getConnection();
            if (connection != null) {
                // HTTP/2 has no field to ask for it.
                connection.close();
            }
            if (result.isFailed() && !enough) {
                answer.accept(ProbeResult.failed(cause(TlsFailure.readable(result.getFailure()))));
                return;
            }
            Response response = result.getResponse();
            if (!dialogue.takesTime()) {
                judge(response);
                return;
            }
            try {
                client.getExecutor().execute(() -> judge(response));
            } catch (RejectedExecutionException noThread) {
                answer.accept(ProbeResult.failed("no thread to judge the response: " + noThread));
            }
        }

        private void judge(Response response) {
            String wrong;
            try {
                wrong = dialogue.judge(response, kept.toByteArray(), enough);
            } catch (RuntimeException failure) {
                // Without an answer this would have been the last probe of the upstream.
                wrong = "not judged: " + failure;
            }
            answer.accept(wrong == null ? ProbeResult.PASSED : ProbeResult.failed(ProbeCauses.line(wrong)));
        }

        private String cause(Throwable failure) {
            boolean late = failure instanceof TimeoutException || failure instanceof java.net.SocketTimeoutException;
            if (late) {
                return connected
                        ? "no complete response within " + rules.timeout().toMillis() + " ms"
                        : "connect timed out";
            }
            return ProbeCauses.line((connected ? "" : "connect failed: ") + failure);
        }
    }
}
