import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * An upstream of the example: a small HTTP server whose page shows who answered and what it was asked.
 *
 * <p>{@code GET /health} answers 200, or 503 while the database that it pretends to have is broken: {@code POST /break}
 * and {@code POST /repair}.
 *
 * <p>Run by {@code java Upstream.java ID PORT}.
 */
public final class Upstream {

    private final String id;
    private final int port;
    private final AtomicBoolean broken = new AtomicBoolean();
    private final AtomicLong served = new AtomicLong();

    private Upstream(String id, int port) {
        this.id = id;
        this.port = port;
    }

    /**
     * Serves until it is killed.
     *
     * @param arguments its id and its port
     * @throws IOException if the port cannot be had
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("usage: java Upstream.java ID PORT");
            System.exit(2);
        }
        // Without it the JDK's server waits for the client's delayed acknowledgement: 40 ms for each response.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        Upstream upstream = new Upstream(arguments[0], Integer.parseInt(arguments[1]));
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream.port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", upstream::page);
        server.createContext("/health", upstream::health);
        server.createContext("/break", exchange -> upstream.set(exchange, true));
        server.createContext("/repair", exchange -> upstream.set(exchange, false));
        server.start();
        System.out.println("ready on port " + upstream.port);
    }

    private void health(HttpExchange exchange) throws IOException {
        boolean bad = broken.get();
        answer(exchange, bad ? 503 : 200, "text/plain", "database: " + (bad ? "broken" : "fine") + "\n");
    }

    private void set(HttpExchange exchange, boolean bad) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            exchange.getResponseHeaders().set("Allow", "POST");
            answer(exchange, 405, "text/plain", "POST, please\n");
            return;
        }
        if (broken.getAndSet(bad) != bad) {
            System.out.println("database " + (bad ? "broken: /health answers 503" : "repaired: /health answers 200"));
        }
        health(exchange);
    }

    private void page(HttpExchange exchange) throws IOException {
        long number = served.incrementAndGet();
        List<String> accepted = exchange.getRequestHeaders().getOrDefault("Accept", List.of());
        if (accepted.stream().anyMatch(types -> types.contains("text/html"))) {
            answer(exchange, 200, "text/html", html(exchange, number));
        } else {
            answer(exchange, 200, "text/plain", text(exchange, number));
        }
    }

    private String text(HttpExchange exchange, long number) {
        return "upstream " + id + ", port " + port + ", pid "
                + ProcessHandle.current().pid() + ", its request "
                + number + "\n" + exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n"
                + fields(exchange).entrySet().stream()
                        .map(field -> field.getKey() + ": " + field.getValue() + "\n")
                        .collect(Collectors.joining());
    }

    private String html(HttpExchange exchange, long number) {
        String rows = fields(exchange).entrySet().stream()
                .map(field -> "<tr><th>" + escaped(field.getKey()) + "<td>" + escaped(field.getValue()) + "</tr>\n")
                .collect(Collectors.joining());
        return """
                <!DOCTYPE html>
                <html lang="en">
                <meta charset="utf-8">
                <title>upstream %1$s</title>
                <style>
                  :root { color-scheme: light dark; }
                  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
                  h1 { border-left: .6rem solid hsl(%2$d 60%% 50%%); padding-left: .6rem; }
                  th { text-align: left; padding-right: 1rem; font-weight: 600; vertical-align: top; }
                  td { overflow-wrap: anywhere; }
                </style>
                <h1>Answered by upstream %1$s</h1>
                <p>Port %3$d, pid %4$d, its request number %5$d. Reload for the next one.</p>
                <p><code>%6$s %7$s</code></p>
                <table>
                %8$s</table>
                </html>
                """.formatted(
                        escaped(id),
                        Math.floorMod(id.hashCode() * 137, 360),
                        port,
                        ProcessHandle.current().pid(),
                        number,
                        escaped(exchange.getRequestMethod()),
                        escaped(exchange.getRequestURI().toString()),
                        rows);
    }

    private static Map<String, String> fields(HttpExchange exchange) {
        Map<String, String> fields = new java.util.TreeMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> fields.put(name, String.join(", ", values)));
        return fields;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        try (exchange) {
            // What was sent to us has to be read, or the connection cannot be kept.
            exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
            byte[] content = body.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type + ";charset=utf-8");
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.getResponseHeaders().set("X-Served-By", id);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head ? -1 : content.length);
            if (!head) {
                exchange.getResponseBody().write(content);
            }
        }
    }
}
