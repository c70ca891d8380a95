package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.Answer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Connection;
import io.jettylb.testing.LegalExchange;
import io.jettylb.testing.LegalExchange.Field;
import io.jettylb.testing.LegalExchange.Framing;
import io.jettylb.testing.LegalExchanges;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Any legal header field, path and chunking in, the same bytes out, in both directions. What may differ:
 *
 * <ul>
 *   <li>the fields of the hop and our own ones, {@link #OURS}; the test does not draw them
 *   <li>the case of names that Jetty knows, of all names in HTTP/2
 *   <li>white space around a value
 *   <li>the place of cookies that came over HTTP/2: its crumbs become one field, the last one
 *   <li>the place of content codings: those with quotes must not reach Jetty's client
 *   <li>the reason phrase, where chunks begin and end, their extensions, and whether there are any
 * </ul>
 *
 * {@code lb.seed} and {@code lb.tries} are system properties; try {@code n} is drawn from the seed plus {@code n}.
 */
class SameBytesTest {

    private static final long SEED = Long.getLong("lb.seed", 20_261_122);
    private static final int TRIES = Integer.getInteger("lb.tries", 300);
    private static final int PER_CONNECTION = 6;

    private static final Set<String> OURS = Set.of(
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "date",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-server",
            "x-request-id",
            "via");

    private static final Set<String> PLAIN_IN_HPACK = Set.of("authorization", "proxy-authenticate");

    private static RawUpstream upstream;
    private static BalancedServer server;
    private static HTTP2Client http2;

    private static final BlockingQueue<Arrived> ARRIVED = new LinkedBlockingQueue<>();
    private static volatile LegalExchange current;

    /** What the upstream got. */
    private record Arrived(String head, String body) {}

    /** How a front sends a request; it returns what came back. */
    private interface Front {
        Answer send(LegalExchange exchange) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        upstream = new RawUpstream(exchange -> {
            ARRIVED.add(new Arrived(exchange.head(), exchange.body()));
            LegalExchange now = current;
            inSegments(now.responseBytes(), now.segments() + 1, exchange::send);
            // A message without content ends without the end of the connection: closed, it would only look kept.
            return now.response().framing() != Framing.CLOSE
                    || now.head()
                    || now.status() == 204
                    || now.status() == 304;
        });
        server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
        http2 = new HTTP2Client();
        http2.start();
    }

    @AfterAll
    static void stop() throws Exception {
        http2.stop();
        server.close();
        upstream.close();
    }

    @Test
    void goBothWaysOverHttp1() throws Exception {
        for (int from = 0; from < TRIES; from += PER_CONNECTION) {
            try (RawClient client = new RawClient(server.port())) {
                for (int n = from; n < Math.min(TRIES, from + PER_CONNECTION); n++) {
                    check(n, false, exchange -> http1(client, exchange));
                }
            }
        }
    }

    /** A connection for each: what earlier fields leave in the tables of HPACK is Jetty's to get right. */
    @Test
    void goBothWaysOverHttp2() throws Exception {
        for (int n = 0; n < TRIES; n++) {
            check(n, true, H2);
        }
    }

    private static void check(int number, boolean ignoreCase, Front front) {
        LegalExchange drawn = LegalExchanges.draw(SEED + number);
        // HTTP/2 knows no white space around values, and Jetty's parser of HTTP/1.1 keeps some where segments end in
        // it.
        LegalExchange exchange = ignoreCase ? drawn.withoutSpace() : drawn;
        if (ignoreCase && (isUndecodable(exchange.request()) || isUndecodable(exchange.response()))) {
            return;
        }
        String wrong = difference(exchange, ignoreCase, front);
        if (wrong == null) {
            return;
        }
        Predicate<LegalExchange> fails = smaller -> difference(smaller, ignoreCase, ignoreCase ? H2 : H1) != null;
        String smallest = "only after the tries before it";
        if (fails.test(exchange)) {
            LegalExchange shrunk = exchange.shrink(fails);
            smallest = difference(shrunk, ignoreCase, ignoreCase ? H2 : H1) + "\nin " + shrunk;
        }
        throw new AssertionError("try " + number + " of lb.seed=" + SEED + " (it alone: lb.seed=" + (SEED + number)
                + ", lb.tries=1): " + wrong + "\nshrunk: " + smallest + "\ndrawn: " + exchange);
    }

    /**
     * Jetty's HPACK decoder refuses bytes above 0x7F where they come without Huffman coding, on either line, and its
     * encoder sends some fields so.
     */
    private static boolean isUndecodable(LegalExchange.Message message) {
        return message.fields().stream()
                .anyMatch(field -> PLAIN_IN_HPACK.contains(field.name().toLowerCase(Locale.ROOT))
                        && field.value().chars().anyMatch(c -> c > 0x7F));
    }

    private static final Front H1 = exchange -> {
        try (RawClient client = new RawClient(server.port())) {
            return http1(client, exchange);
        }
    };

    private static final Front H2 = exchange -> {
        try (Http2Connection connection = new Http2Connection(http2, server.port(), null)) {
            return http2(connection, exchange);
        }
    };

    /** Sends it through; null if everything arrived as it should. */
    private static String difference(LegalExchange exchange, boolean overHttp2, Front front) {
        current = exchange;
        ARRIVED.clear();
        try {
            Answer answer = front.send(exchange);
            Arrived arrived =
                    ARRIVED.poll(answer.complete() && answer.status() == exchange.status() ? 10 : 0, TimeUnit.SECONDS);
            if (arrived == null) {
                return "the upstream got nothing; " + answer;
            }
            assertThat(arrived.head()).startsWith(exchange.method() + " " + exchange.target() + " HTTP/1.1\r\n");
            assertThat(lines(arrived.head(), overHttp2))
                    .isEqualTo(lines(exchange.request().fields(), overHttp2));
            assertThat(arrived.body().equals(exchange.request().content()))
                    .as("the content upstream")
                    .isTrue();
            assertThat(answer.complete()).as(answer.toString()).isTrue();
            assertThat(answer.status()).isEqualTo(exchange.status());
            assertThat(lines(answer.head(), overHttp2))
                    .isEqualTo(lines(exchange.response().fields(), overHttp2));
            assertThat(answer.body().equals(exchange.visibleContent()))
                    .as("the content of the response")
                    .isTrue();
            return null;
        } catch (AssertionError | Exception e) {
            return e.toString();
        }
    }

    private static Answer http1(RawClient client, LegalExchange exchange) throws IOException {
        inSegments(exchange.requestBytes(), exchange.segments(), client::send);
        return client.answer(exchange.head(), () -> {});
    }

    private static Answer http2(Http2Connection connection, LegalExchange exchange) throws Exception {
        HttpFields.Mutable fields = HttpFields.build();
        for (Field field : exchange.request().fields()) {
            fields.add(field.name().toLowerCase(Locale.ROOT), field.value());
        }
        boolean empty = exchange.request().content().isEmpty();
        if (exchange.request().framing() == Framing.LENGTH) {
            fields.add(
                    "content-length",
                    Integer.toString(exchange.request().content().length()));
        }
        Http2Connection.Exchange stream =
                connection.send(exchange.method(), exchange.target(), fields, empty, () -> {});
        if (!empty) {
            List<String> parts = new ArrayList<>();
            inSegments(exchange.request().content(), exchange.segments(), parts::add);
            for (int i = 0; i < parts.size(); i++) {
                stream.data(parts.get(i), i == parts.size() - 1);
            }
        }
        return stream.await();
    }

    /** Where bytes go. */
    private interface Sink {
        void send(String latin1) throws IOException;
    }

    private static void inSegments(String bytes, long seed, Sink to) throws IOException {
        Random random = new Random(seed);
        int most = bytes.length() / 300 + 1 + random.nextInt(random.nextBoolean() ? 100 : 20_000);
        int at = 0;
        while (at < bytes.length()) {
            int next = Math.min(bytes.length(), at + 1 + random.nextInt(most));
            to.send(bytes.substring(at, next));
            at = next;
        }
    }

    private static List<String> lines(List<Field> fields, boolean overHttp2) {
        List<String> lines = new ArrayList<>();
        for (Field field : fields) {
            add(lines, field.name(), field.value(), overHttp2);
        }
        return codingsLast(lines);
    }

    private static List<String> lines(String head, boolean overHttp2) {
        List<String> lines = new ArrayList<>();
        String[] all = head.split("\r\n");
        for (String line : all) {
            int colon = line.indexOf(':');
            // The first line of HTTP/1.1 has a space before any colon.
            if (colon > 0 && line.lastIndexOf(' ', colon) < 0) {
                // Not trim(), which would take more than that; nor $, which matches before a final NEL (0x85), too.
                String value = line.substring(colon + 1).replaceAll("^[ \\t]+|[ \\t]+\\z", "");
                add(lines, line.substring(0, colon), value.equals("null") ? "" : value, overHttp2);
            }
        }
        return codingsLast(lines);
    }

    private static List<String> codingsLast(List<String> lines) {
        lines.sort(Comparator.comparing(line -> line.startsWith("content-encoding:")));
        return lines;
    }

    private static void add(List<String> lines, String name, String value, boolean overHttp2) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!OURS.contains(lower) && !(overHttp2 && lower.equals("cookie"))) {
            boolean known = HttpHeader.CACHE.get(name) != null;
            lines.add((known || overHttp2 ? lower : name) + ": " + value);
        }
    }
}
