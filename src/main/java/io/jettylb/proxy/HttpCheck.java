package io.jettylb.proxy;

import io.jettylb.config.ProbeConfig;
import io.jettylb.config.ProbeExpectation;
import io.jettylb.config.UpstreamConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;

/** A request of the operator's choice, judged by status, fields and content. */
final class HttpCheck implements HttpDialogue {

    private final ProbeConfig rules;
    private final ProbeExpectation expected;
    private final ProbeFields fields;
    private final byte[] body;
    private final BoundedRegex regex;

    /**
     * A dialogue.
     *
     * @param rules of the pool's probes
     * @param state how an upstream is seen; null: it is not told
     * @param nanoClock nanoseconds with an arbitrary start, for what must not take long
     */
    HttpCheck(ProbeConfig rules, Function<UpstreamConfig, String> state, LongSupplier nanoClock) {
        this.rules = rules;
        this.expected = rules.check().expectation();
        this.fields = new ProbeFields(rules.check().request(), state);
        String text = rules.check().request().body();
        this.body = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        this.regex = expected.bodyRegex() == null ? null : new BoundedRegex(expected.bodyRegex(), nanoClock);
    }

    @Override
    public URI uri(UpstreamConfig upstream) {
        String origin = ProbeAddress.origin(upstream, rules.check().scheme(), rules.check());
        return URI.create(origin + upstream.uri().getRawPath() + rules.path());
    }

    @Override
    public void write(UpstreamConfig upstream, Request request) {
        request.method(rules.check().request().method());
        fields.write(upstream, request);
        if (body != null) {
            request.body(new BytesRequestContent((String) null, body));
        }
    }

    @Override
    public boolean readsContent() {
        return expected.body() != null || regex != null;
    }

    @Override
    public boolean takesTime() {
        return regex != null;
    }

    @Override
    public String judge(Response response, byte[] content, boolean cut) {
        int status = response.getStatus();
        if (rules.expectStatus().stream().noneMatch(range -> range.contains(status))) {
            return "status " + status;
        }
        for (Map.Entry<String, String> field : expected.headers().entrySet()) {
            List<String> values = response.getHeaders().getValuesList(field.getKey());
            if (!values.contains(field.getValue())) {
                return values.isEmpty()
                        ? "no header " + field.getKey()
                        : "header " + field.getKey() + ": " + String.join(", ", values);
            }
        }
        return readsContent() ? judgeContent(new String(content, StandardCharsets.UTF_8), cut) : null;
    }

    private String judgeContent(String text, boolean cut) {
        String where = cut ? " in the first " + HttpProber.MAX_CONTENT / 1024 + " KiB of the body" : " in the body";
        if (expected.body() != null) {
            return text.contains(expected.body()) ? null : "expect-body not found" + where;
        }
        return switch (regex.find(text)) {
            case FOUND -> null;
            case ABSENT -> "expect-body-regex matches nothing" + where;
            case TOO_LONG -> "expect-body-regex took more than " + BoundedRegex.LIMIT_MILLIS + " ms";
            case TOO_DEEP -> "expect-body-regex needs more stack than a thread has";
        };
    }
}
