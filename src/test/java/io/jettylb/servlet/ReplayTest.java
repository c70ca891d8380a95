package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.RetryConditions;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.StatusRange;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests with content that are sent twice: the second upstream gets every byte, or the request is not repeated. */
class ReplayTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final int LIMIT = 64 * 1024;
    private static final RetryConfig RULES = new RetryConfig(2);

    private static String content(int length) {
        Random random = new Random(length);
        StringBuilder content = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            content.append((char) ('a' + random.nextInt(26)));
        }
        return content.toString();
    }

    /** Reads so many bytes of the content and breaks the connection; then says so. */
    private static RawUpstream breaking(int after, BlockingQueue<String> broken) {
        return new RawUpstream(exchange -> {
            read(exchange, after);
            exchange.reset();
            broken.add("broken");
            return false;
        });
    }

    private static void read(RawUpstream.Exchange exchange, int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            if (exchange.in().read() < 0) {
                return;
            }
        }
    }

    private static PoolConfig pool(RetryConfig retry, RawUpstream first, RawUpstream second) {
        return Configs.balanced(Configs.pool(List.of(first.uri(), second.uri())), "first")
                .with(retry);
    }

    private static void send(RawClient client, String method, String content, boolean chunked) throws IOException {
        client.send(method, "/", chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + content.length());
        int step = Math.max(1, content.length() / 7);
        for (int at = 0; at < content.length(); at += step) {
            String part = content.substring(at, Math.min(content.length(), at + step));
            client.send(chunked ? Integer.toHexString(part.length()) + "\r\n" + part + "\r\n" : part);
        }
        if (chunked) {
            client.send("0\r\n\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 0",
        "1, 1",
        "5000, 0",
        "5000, 4999",
        "5000, 5000",
        "65535, 0",
        "65535, 40000",
        "65535, 65535",
        "65536, 0",
        "65536, 1",
        "65536, 65536"
    })
    void whatFitsIsSentAgainByteForByte(int length, int broken) throws Exception {
        String content = content(length);
        for (boolean chunked : new boolean[] {false, true}) {
            BlockingQueue<String> news = new LinkedBlockingQueue<>();
            try (RawUpstream first = breaking(broken, news);
                    RawUpstream second = RawUpstream.always(OK);
                    BalancedServer server = new BalancedServer(pool(RULES, first, second));
                    RawClient client = new RawClient(server.port())) {
                send(client, "PUT", content, chunked);
                assertThat(client.read().status()).as("chunked: %s", chunked).isEqualTo(200);
                assertThat(second.takeBody()).isEqualTo(content);
                assertThat(first.heads()).hasSize(1);
                assertThat(second.heads()).hasSize(1);
                server.awaitIdle();
            }
        }
    }

    @Test
    void whatDoesNotFitIsNotSentAgainButMayBeAsLongAsLittleWasRead() throws Exception {
        BlockingQueue<String> news = new LinkedBlockingQueue<>();
        String content = content(LIMIT + 1);
        try (RawUpstream first = breaking(LIMIT + 1, news);
                RawUpstream second = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES, first, second));
                RawClient client = new RawClient(server.port())) {
            send(client, "PUT", content, false);
            assertThat(client.read().status()).isEqualTo(502);
            assertThat(second.heads()).isEmpty();
            server.awaitIdle();
        }
        // The client waits with the rest until the first upstream is gone.
        try (RawUpstream first = breaking(10, news);
                RawUpstream second = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES, first, second));
                RawClient client = new RawClient(server.port())) {
            news.clear();
            client.send("PUT", "/", "Content-Length: " + content.length());
            client.send(content.substring(0, 10));
            assertThat(news.poll(15, TimeUnit.SECONDS)).isEqualTo("broken");
            BalancedServer.await("the second one has it", () -> second.heads().size() == 1);
            client.send(content.substring(10));
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(second.takeBody()).isEqualTo(content);
            server.awaitIdle();
        }
    }

    @Test
    void aPostIsSentAgainOnlyIfThatIsWanted() throws Exception {
        String content = content(1000);
        for (boolean wanted : new boolean[] {false, true}) {
            try (RawUpstream first = breaking(1000, new LinkedBlockingQueue<>());
                    RawUpstream second = RawUpstream.always(OK);
                    BalancedServer server =
                            new BalancedServer(pool(wanted ? RULES.withNonIdempotent() : RULES, first, second));
                    RawClient client = new RawClient(server.port())) {
                send(client, "POST", content, false);
                assertThat(client.read().status()).isEqualTo(wanted ? 200 : 502);
                assertThat(second.heads()).hasSize(wanted ? 1 : 0);
                if (wanted) {
                    assertThat(second.takeBody()).isEqualTo(content);
                }
            }
        }
    }

    @Test
    void withoutABufferNothingIsSentAgain() throws Exception {
        try (RawUpstream first = breaking(1, new LinkedBlockingQueue<>());
                RawUpstream second = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES.withBuffer(0), first, second));
                RawClient client = new RawClient(server.port())) {
            send(client, "PUT", "x", false);
            assertThat(client.read().status()).isEqualTo(502);
            assertThat(second.heads()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 5000})
    void anErrorBeforeTheEndOfTheContentIsFollowedByAllOfIt(int readBefore) throws Exception {
        String content = content(20_000);
        BlockingQueue<String> news = new LinkedBlockingQueue<>();
        try (RawUpstream first = new RawUpstream(exchange -> {
                    read(exchange, readBefore);
                    exchange.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                    news.add("busy");
                    return exchange.in().read() >= 0;
                });
                RawUpstream second = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES, first, second));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Content-Length: " + content.length());
            client.send(content.substring(0, 5000));
            assertThat(news.poll(15, TimeUnit.SECONDS)).isEqualTo("busy");
            client.send(content.substring(5000));
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(second.takeBody()).isEqualTo(content);
            server.awaitIdle();
        }
    }

    @Test
    void contentThatWasAskedForIsNotAskedForAgain() throws Exception {
        String content = content(300);
        try (RawUpstream first = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 100 Continue\r\n\r\n");
                    read(exchange, 300);
                    exchange.reset();
                    return false;
                });
                RawUpstream second = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES, first, second));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Content-Length: 300", "Expect: 100-continue");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100");
            client.send(content);
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            assertThat(second.takeBody()).isEqualTo(content);
            assertThat(first.heads().get(0)).containsIgnoringCase("expect: 100-continue");
            assertThat(second.heads().get(0)).doesNotContainIgnoringCase("expect:");
        }
    }

    @Test
    void contentThatNobodyAskedForIsAskedForByTheNext() throws Exception {
        try (RawUpstream first = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                    return false;
                });
                RawUpstream second = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 100 Continue\r\n\r\n");
                    exchange.body();
                    exchange.send(OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(RULES, first, second));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Content-Length: 3", "Expect: 100-continue");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100");
            client.send("abc");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            assertThat(second.takeBody()).isEqualTo("abc");
            assertThat(second.heads().get(0)).containsIgnoringCase("expect: 100-continue");
        }
    }

    @Test
    void trailersAreSentAgain() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (RawUpstream first = new RawUpstream(exchange -> {
                    exchange.body();
                    exchange.reset();
                    return false;
                });
                RawUpstream second = new RawUpstream(exchange -> {
                    StringBuilder all = new StringBuilder();
                    while (all.indexOf("\r\n\r\n") < 0) {
                        all.append((char) exchange.in().read());
                    }
                    seen.add(all.toString());
                    exchange.send(OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(RULES, first, second));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Transfer-Encoding: chunked", "Trailer: X-Sum");
            client.send("3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(seen.take()).contains("abc").contains("X-Sum: 42");
        }
    }

    @Test
    void aClientThatBreaksItsContentIsNotRepeatedFor() throws Exception {
        BlockingQueue<String> news = new LinkedBlockingQueue<>();
        try (RawUpstream first = breaking(3, news);
                RawUpstream second = new RawUpstream(exchange -> exchange.in().read() >= 0);
                BalancedServer server = new BalancedServer(pool(RULES, first, second));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Transfer-Encoding: chunked");
            client.send("3\r\nabc\r\n");
            assertThat(news.poll(15, TimeUnit.SECONDS)).isEqualTo("broken");
            BalancedServer.await("the second one has it", () -> second.heads().size() == 1);
            client.send("nonsense\r\n");
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(server.status()).filteredOn("eligible", true).hasSize(2);
            server.awaitIdle();
        }
    }

    @Test
    void manyAtOnceGetTheirOwnBytes() throws Exception {
        RetryConfig rules =
                new RetryConfig(3).with(new RetryConditions(true, true, false, List.of(new StatusRange(503, 503))));
        Random random = new Random(7);
        try (RawUpstream first = new RawUpstream(exchange -> {
                    boolean breaks;
                    int after;
                    synchronized (random) {
                        breaks = random.nextBoolean();
                        after = random.nextInt(3000);
                    }
                    if (breaks) {
                        read(exchange, after);
                        exchange.reset();
                        return false;
                    }
                    exchange.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                    return false;
                });
                RawUpstream second = new RawUpstream(exchange -> {
                    String body = exchange.body();
                    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(rules, first, second))) {
            for (int i = 0; i < 200; i++) {
                String content = content(3_000 + random(random, 17_000));
                try (RawClient client = new RawClient(server.port())) {
                    send(client, "PUT", content, i % 2 == 0);
                    RawClient.Response response = client.read();
                    assertThat(response.status())
                            .as("%d: %s", i, response.head())
                            .isEqualTo(200);
                    assertThat(response.body()).isEqualTo(content);
                }
            }
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    private static int random(Random random, int bound) {
        synchronized (random) {
            return random.nextInt(bound);
        }
    }
}
