package io.jettylb.proxy;

import io.jettylb.config.ProbeConfig;
import io.jettylb.config.UpstreamConfig;
import java.net.URI;
import java.util.function.Function;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;

/** A call of gRPC's health checking protocol, version 1, as gRPC over HTTP/2 has it. */
final class GrpcCheck implements HttpDialogue {

    private static final String PATH = "/grpc.health.v1.Health/Check";
    private static final String CONTENT_TYPE = "application/grpc";
    private static final HttpField TRAILERS = new HttpField(HttpHeader.TE, "trailers");
    private static final String STATUS = "grpc-status";
    private static final String MESSAGE = "grpc-message";
    private static final int OK = 0;
    private static final int NOT_FOUND = 5;
    private static final int UNIMPLEMENTED = 12;

    private final ProbeConfig rules;
    private final ProbeFields fields;
    private final byte[] question;

    /**
     * A dialogue.
     *
     * @param rules of the pool's probes
     * @param state how an upstream is seen; null: it is not told
     */
    GrpcCheck(ProbeConfig rules, Function<UpstreamConfig, String> state) {
        this.rules = rules;
        this.fields = new ProbeFields(rules.check().request(), state);
        this.question = GrpcHealthMessages.request(rules.check().service());
    }

    @Override
    public URI uri(UpstreamConfig upstream) {
        String origin = ProbeAddress.origin(upstream, null, rules.check());
        return URI.create(origin + upstream.uri().getRawPath() + PATH);
    }

    @Override
    public void write(UpstreamConfig upstream, Request request) {
        request.method(HttpMethod.POST)
                .headers(headers -> headers.put(TRAILERS)
                        .put("grpc-timeout", rules.timeout().toMillis() + "m"));
        fields.write(upstream, request);
        request.body(new BytesRequestContent(CONTENT_TYPE, question));
    }

    @Override
    public boolean readsContent() {
        return true;
    }

    @Override
    public boolean takesTime() {
        return false;
    }

    @Override
    public String judge(Response response, byte[] content, boolean cut) {
        if (response.getStatus() != HttpStatus.OK_200) {
            return "status " + response.getStatus();
        }
        String type = response.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (type == null || !type.startsWith(CONTENT_TYPE) || cut) {
            return "no answer of gRPC, content type: " + type;
        }
        String status = status(response);
        if (status != null) {
            return status;
        }
        try {
            int health = GrpcHealthMessages.response(content);
            return health == GrpcHealthMessages.SERVING ? null : GrpcHealthMessages.name(health);
        } catch (GrpcHealthMessages.MalformedException e) {
            return e.getMessage();
        }
    }

    /** In the trailers, or where there is nothing else, with the head. */
    private String status(Response response) {
        HttpFields trailers = response.getTrailers();
        boolean trailing = trailers != null && trailers.contains(STATUS);
        HttpFields from = trailing ? trailers : response.getHeaders();
        String code = from.get(STATUS);
        if (code == null) {
            return "no grpc-status";
        }
        if (code.equals(String.valueOf(OK))) {
            return null;
        }
        String meaning = code.equals(String.valueOf(NOT_FOUND))
                ? " (the health service does not know the service)"
                : code.equals(String.valueOf(UNIMPLEMENTED)) ? " (it has no service grpc.health.v1.Health)" : "";
        String message = from.get(MESSAGE);
        return "grpc-status " + code + meaning + (message == null ? "" : ": " + message);
    }
}
