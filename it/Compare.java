import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Compares strategies, and nginx's and HAProxy's least connections, over three real upstreams of which one misbehaves,
 * one candidate after the other in the same run. To be run by hand after {@code mvn package}:
 *
 * <pre>{@code
 * java it/Compare.java slow|fast-fail [rate=400] [seconds=10] [strategies=round-robin,least-request] [pool=…]
 *     [peers=nginx,haproxy]
 * }</pre>
 *
 * <p>{@code pool}: more lines for our pool, such as {@code retry.hedge-after=30ms}. {@code slow}: each answers after 5 ms, one of them 200 ms later. {@code fast-fail}: each answers after 20 ms, one
 * with a 500 at once. The load is an open loop: requests begin when they are due, and that is when their time begins.
 * The peers are left out where they are not installed.
 */
public final class Compare {

    private static final String LOOPBACK = "127.0.0.1";

    private final boolean failing;
    private final int rate;
    private final int seconds;
    private final String pool;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private record Answer(double millis, int status, String upstream) {}

    private Compare(boolean failing, int rate, int seconds, String pool) {
        this.failing = failing;
        this.rate = rate;
        this.seconds = seconds;
        this.pool = pool;
    }

    /**
     * Runs the comparison.
     *
     * @param args see above
     * @throws Exception if something could not be started
     */
    public static void main(String[] args) throws Exception {
        Map<String, String> options = Arrays.stream(args)
                .skip(1)
                .map(arg -> arg.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        if (args.length == 0 || !List.of("slow", "fast-fail").contains(args[0])) {
            System.err.println("the first argument: slow or fast-fail; see the top of this file");
            System.exit(64);
        }
        Compare compare = new Compare(
                args[0].equals("fast-fail"),
                Integer.parseInt(options.getOrDefault("rate", "400")),
                Integer.parseInt(options.getOrDefault("seconds", "10")),
                options.getOrDefault("pool", ""));
        List<String> strategies =
                List.of(options.getOrDefault("strategies", "round-robin,random,power-of-two,least-request")
                        .split(","));
        List<String> peers =
                List.of(options.getOrDefault("peers", "nginx,haproxy").split(","));
        compare.run(strategies, peers);
        System.exit(0);
    }

    private void run(List<String> strategies, List<String> peers) throws Exception {
        // Else head and content are two packets, of which the second waits for the other side's delayed
        // acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        List<Integer> upstreams = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            upstreams.add(upstream(i));
        }
        System.out.printf("%d requests/s for %d s; upstream 0 %s%n", rate, seconds, failing ? "fails fast" : "is slow");
        System.out.println("| candidate | p50 ms | p99 ms | max ms | errors % | share of upstream 0 % |");
        System.out.println("|---|---|---|---|---|---|");
        for (String strategy : strategies) {
            measure(strategy, ours(strategy, upstreams));
        }
        for (String peer : peers) {
            if (Files.isExecutable(Path.of("/usr/sbin", peer))) {
                measure(peer + " least connections", peer.equals("nginx") ? nginx(upstreams) : haproxy(upstreams));
            } else {
                System.out.println("| " + peer + ": not installed | | | | | |");
            }
        }
    }

    private int upstream(int index) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 1_000);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        boolean bad = index == 0;
        int millis = failing ? bad ? 0 : 20 : bad ? 205 : 5;
        server.createContext("/", exchange -> {
            // It is busy for that long.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            byte[] body = "hello\n".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("X-Upstream", String.valueOf(index));
            exchange.sendResponseHeaders(failing && bad ? 500 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server.getAddress().getPort();
    }

    private record Candidate(int port, Process process) {}

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK))) {
            return socket.getLocalPort();
        }
    }

    private static Candidate start(int port, Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Files.createTempFile("compare", ".log").toFile());
        builder.environment().putAll(environment);
        return new Candidate(port, builder.start());
    }

    private Candidate ours(String strategy, List<Integer> upstreams) throws IOException {
        int port = freePort();
        String uris =
                upstreams.stream().map(up -> "http://" + LOOPBACK + ":" + up).collect(Collectors.joining(","));
        return start(
                port,
                Map.of("LB_POOL", "strategy = " + strategy + "\n" + pool, "LB_MODULES", "http,lb"),
                "it/start-base.sh",
                String.valueOf(port),
                uris,
                "/",
                "30");
    }

    private static Candidate nginx(List<Integer> upstreams) throws IOException {
        int port = freePort();
        Path folder = Files.createTempDirectory("compare");
        Path conf = folder.resolve("nginx.conf");
        String servers = upstreams.stream()
                .map(up -> "server " + LOOPBACK + ":" + up + ";")
                .collect(Collectors.joining(" "));
        Files.writeString(conf, """
                daemon off; worker_processes 1; pid %1$s/pid; error_log %1$s/error.log;
                events { worker_connections 2048; }
                http {
                  access_log off;
                  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/f;
                  uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
                  upstream pool { least_conn; %2$s keepalive 64; }
                  server { listen 127.0.0.1:%3$d; keepalive_requests 1000000;
                    location / { proxy_pass http://pool; proxy_http_version 1.1; proxy_set_header Connection ""; } }
                }
                """.formatted(folder, servers, port));
        return start(port, Map.of(), "/usr/sbin/nginx", "-e", folder + "/error.log", "-c", conf.toString());
    }

    private static Candidate haproxy(List<Integer> upstreams) throws IOException {
        int port = freePort();
        Path conf = Files.createTempFile("compare", ".cfg");
        String servers = IntStream.range(0, upstreams.size())
                .mapToObj(i -> "  server s" + i + " " + LOOPBACK + ":" + upstreams.get(i) + " check")
                .collect(Collectors.joining("\n"));
        Files.writeString(conf, """
                global
                  nbthread 1
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 30s
                  timeout server 30s
                  http-reuse always
                listen pool
                  bind 127.0.0.1:%d
                  balance leastconn
                %s
                """.formatted(port, servers));
        return start(port, Map.of(), "/usr/sbin/haproxy", "-db", "-f", conf.toString());
    }

    private void measure(String name, Candidate candidate) throws Exception {
        try {
            URI uri = URI.create("http://" + LOOPBACK + ":" + candidate.port() + "/");
            awaitAnswer(uri, candidate.process());
            load(uri, Math.min(4, seconds));
            List<Answer> answers = load(uri, seconds);
            double[] millis =
                    answers.stream().mapToDouble(Answer::millis).sorted().toArray();
            long errors = answers.stream().filter(a -> a.status() != 200).count();
            long bad = answers.stream().filter(a -> "0".equals(a.upstream())).count();
            System.out.printf(
                    "| %s | %.1f | %.1f | %.1f | %.2f | %.1f |%n",
                    name,
                    millis[millis.length / 2],
                    millis[(int) (millis.length * 0.99)],
                    millis[millis.length - 1],
                    100.0 * errors / millis.length,
                    100.0 * bad / millis.length);
        } finally {
            candidate.process().destroy();
            candidate.process().waitFor();
        }
    }

    private void awaitAnswer(URI uri, Process process) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            try {
                client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - end > 0) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }

    private List<Answer> load(URI uri, int length) {
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
        ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<?>> running = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < rate * length; i++) {
            long due = start + i * 1_000_000_000L / rate;
            while (System.nanoTime() - due < 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            running.add(client.sendAsync(request, BodyHandlers.discarding()).handle((response, failure) -> {
                double millis = (System.nanoTime() - due) / 1e6;
                return answers.add(
                        failure == null
                                ? new Answer(
                                        millis,
                                        response.statusCode(),
                                        response.headers()
                                                .firstValue("X-Upstream")
                                                .orElse(""))
                                : new Answer(millis, 0, ""));
            }));
        }
        CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
        return List.copyOf(answers);
    }
}
