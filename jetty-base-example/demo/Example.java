import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The running example: three upstreams and a Jetty, from the first start to Ctrl-C. */
public final class Example {

    private static final String USAGE = """
            usage: java jetty-base-example/Demo.java [--port N] [--upstream-ports N,N,N] [--jetty VERSION]
              --port            where Jetty listens (8080)
              --upstream-ports  where the three upstreams listen (9001,9002,9003)
              --jetty           the Jetty to run, from Maven Central (the newest that is tested)
            A port that is taken is replaced by a free one.""";

    private static final List<String> IDS = List.of("a", "b", "c");
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);

    private final Installation installation;
    private final List<Child> children = new ArrayList<>();
    private boolean stopping;

    private int port = 8080;
    private int[] upstreamPorts = {9001, 9002, 9003};
    private String jettyVersion;

    private Example(Installation installation) {
        this.installation = installation;
        this.jettyVersion = installation.newestJetty();
    }

    /**
     * Runs the example until it is stopped, and ends the process.
     *
     * @param folder the folder of the example
     * @param arguments see {@link #USAGE}
     * @throws Exception if something fails for which there are no better words
     */
    public static void run(Path folder, String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.println(USAGE);
            return;
        }
        int exitCode = 1;
        try {
            Example example = new Example(new Installation(folder));
            example.readOptions(arguments);
            Runtime.getRuntime().addShutdownHook(new Thread(example::stop, "stop"));
            example.run();
        } catch (IllegalArgumentException bad) {
            System.err.println(bad.getMessage() + "\n" + USAGE);
            exitCode = 2;
        } catch (Failure failure) {
            System.err.println(failure.getMessage());
        }
        System.exit(exitCode);
    }

    private void readOptions(String[] arguments) {
        for (int index = 0; index < arguments.length; index += 2) {
            if (index + 1 == arguments.length) {
                throw new IllegalArgumentException(arguments[index] + ": no value");
            }
            String value = arguments[index + 1];
            switch (arguments[index]) {
                case "--port" -> port = portNumber(value);
                case "--upstream-ports" ->
                    upstreamPorts = Arrays.stream(value.split(","))
                            .mapToInt(Example::portNumber)
                            .toArray();
                case "--jetty" -> jettyVersion = value;
                default -> throw new IllegalArgumentException(arguments[index] + ": no such option");
            }
        }
        if (upstreamPorts.length != IDS.size()) {
            throw new IllegalArgumentException("--upstream-ports: " + upstreamPorts.length + " ports (expected: 3)");
        }
    }

    private static int portNumber(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= 65535) {
                return number;
            }
        } catch (NumberFormatException noNumber) {
            // Answered below, together with numbers that are no ports.
        }
        throw new IllegalArgumentException(text + ": no port (expected: 0 to 65535)");
    }

    private void run() throws Exception {
        Path repository = installation.buildModule();
        Path home = installation.fetchJetty(jettyVersion);
        choosePorts();
        Path base = installation.makeBase(
                home, repository, Arrays.stream(upstreamPorts).boxed().toList());
        for (int index = 0; index < IDS.size(); index++) {
            startUpstream(IDS.get(index), upstreamPorts[index]);
        }
        for (int index = 0; index < IDS.size(); index++) {
            awaitAnswer(children.get(index), "http://127.0.0.1:" + upstreamPorts[index] + "/health");
        }
        Child jetty = new Child(
                "jetty",
                base,
                Installation.java("-jar", home.resolve("start.jar").toString(), "jetty.http.port=" + port));
        start(jetty);
        awaitAnswer(jetty, "http://127.0.0.1:" + port + "/");
        explain(jetty, base);
        restartOnEnter();
        int exitCode = jetty.process().waitFor();
        synchronized (this) {
            while (stopping) {
                // The stop is ours and not finished: the process ends with it.
                wait();
            }
        }
        throw new Failure("Jetty ended with exit code " + exitCode);
    }

    private void choosePorts() throws IOException {
        port = freePort("Jetty", port);
        for (int index = 0; index < IDS.size(); index++) {
            upstreamPorts[index] = freePort("upstream " + IDS.get(index), upstreamPorts[index]);
        }
    }

    private static int freePort(String whose, int wanted) throws IOException {
        try {
            return probe(wanted);
        } catch (IOException taken) {
            int free = probe(0);
            System.out.println("Port " + wanted + " is taken: " + whose + " gets " + free);
            return free;
        }
    }

    private static int probe(int wanted) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
            return socket.getLocalPort();
        }
    }

    private void startUpstream(String id, int upstreamPort) throws IOException {
        Path classes = installation.work().resolve("classes");
        start(new Child(
                id,
                installation.work(),
                Installation.java("-Xmx64m", "-cp", classes.toString(), "Upstream", id, String.valueOf(upstreamPort))));
    }

    private synchronized void start(Child child) throws IOException {
        if (!stopping) {
            child.start();
            children.add(child);
        }
    }

    /** Waits until a server answers anything but an error; its output says why if it ends instead. */
    private void awaitAnswer(Child child, String uri) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .timeout(Duration.ofSeconds(5))
                .build();
        long deadline = System.nanoTime() + START_PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            if (child.process().waitFor(200, TimeUnit.MILLISECONDS)) {
                throw new Failure(child.name() + " did not start: exit code "
                        + child.process().exitValue());
            }
            try {
                if (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() < 400) {
                    return;
                }
            } catch (IOException notYet) {
                // Nobody listens yet, and the next round asks again.
            }
        }
        throw new Failure(child.name() + " does not answer at " + uri);
    }

    private void explain(Child jetty, Path base) {
        String url = "http://localhost:" + port;
        Child victim = children.get(1);
        System.out.printf(
                """

                Running: Jetty %s with the module of version %s.
                  %s/        a webapp, with a button that sends 300 requests
                  %<s/api/    balanced over %s (curl it a few times)
                  %s   who answered what
                  %s   what is balanced
                Processes: jetty %d, %s
                Things to try:
                  kill -9 %d                                      upstream %s is gone: does any request fail?
                  Enter                                              starts the upstreams that were killed again
                  curl -X POST http://127.0.0.1:%d/break           its /health answers 503 until a POST to /repair
                Ctrl-C stops everything.

                """,
                jettyVersion,
                installation.version(),
                url,
                String.join(", ", IDS),
                base.resolve("logs/requests.log"),
                base.resolve("etc/lb.conf"),
                jetty.process().pid(),
                String.join(
                        ", ",
                        children.subList(0, IDS.size()).stream()
                                .map(child ->
                                        child.name() + " " + child.process().pid())
                                .toList()),
                victim.process().pid(),
                victim.name(),
                upstreamPorts[1]);
    }

    private void restartOnEnter() {
        Thread reader = new Thread(
                () -> {
                    try {
                        var input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
                        while (input.readLine() != null) {
                            restartUpstreams();
                        }
                    } catch (IOException closed) {
                        System.out.println("No more input: upstreams stay as they are");
                    }
                },
                "input");
        reader.setDaemon(true);
        reader.start();
    }

    private synchronized void restartUpstreams() throws IOException {
        for (Child child : children.subList(0, IDS.size())) {
            if (!stopping && !child.process().isAlive()) {
                child.start();
            }
        }
    }

    /** Stops what we have started: Jetty first, which answers what is in flight, then the upstreams. */
    private void stop() {
        List<Child> started;
        synchronized (this) {
            stopping = true;
            started = new ArrayList<>(children);
        }
        for (int index = started.size() - 1; index >= 0; index--) {
            started.get(index).stop();
        }
    }
}
