import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * An upstream of the example: a small HTTP server whose page shows who answered and what it was asked.
 *
 * <p>{@code GET /health} answers 200, or 503 while the database that it pretends to have is broken: {@code POST /break}
 * and {@code POST /repair}.
 *
 * <p>Run by {@code java -cp work/classes Upstream ID PORT}.
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
            System.err.println("usage: java -cp work/classes Upstream ID PORT");
            System.exit(2);
        }
        Upstream upstream = new Upstream(arguments[0], Integer.parseInt(arguments[1]));
        SmallHttpServer server = new SmallHttpServer(upstream.port, upstream::answer);
        System.out.println("ready on port " + server.port());
        server.serve();
    }

    private SmallHttpServer.Response answer(SmallHttpServer.Request request) {
        return switch (request.target()) {
            case "/health" -> health();
            case "/break", "/repair" -> set(request);
            default -> page(request);
        };
    }

    private SmallHttpServer.Response health() {
        boolean bad = broken.get();
        return response(bad ? 503 : 200, "text/plain", "database: " + (bad ? "broken" : "fine") + "\n");
    }

    private SmallHttpServer.Response set(SmallHttpServer.Request request) {
        if (!request.method().equals("POST")) {
            return response(405, "text/plain", "POST, please\n");
        }
        boolean bad = request.target().equals("/break");
        if (broken.getAndSet(bad) != bad) {
            System.out.println("database " + (bad ? "broken: /health answers 503" : "repaired: /health answers 200"));
        }
        return response(200, "text/plain", "database: " + (bad ? "broken" : "fine") + "\n");
    }

    private SmallHttpServer.Response page(SmallHttpServer.Request request) {
        long number = served.incrementAndGet();
        return request.fields().getOrDefault("Accept", "").contains("text/html")
                ? response(200, "text/html", html(request, number))
                : response(200, "text/plain", text(request, number));
    }

    private SmallHttpServer.Response response(int status, String type, String body) {
        return new SmallHttpServer.Response(
                status,
                Map.of("Content-Type", type + ";charset=utf-8", "Cache-Control", "no-store", "X-Served-By", id),
                body);
    }

    private String text(SmallHttpServer.Request request, long number) {
        return "upstream " + id + ", port " + port + ", pid "
                + ProcessHandle.current().pid() + ", its request "
                + number + "\n" + request.method() + " " + request.target() + "\n"
                + request.fields().entrySet().stream()
                        .map(field -> field.getKey() + ": " + field.getValue() + "\n")
                        .collect(Collectors.joining());
    }

    private String html(SmallHttpServer.Request request, long number) {
        String rows = request.fields().entrySet().stream()
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
                        escaped(request.method()),
                        escaped(request.target()),
                        rows);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
