import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathFactory;

/**
 * Starts the example: three upstreams, and a Jetty that balances over them. Builds and fetches what is missing,
 * and stops everything on Ctrl-C.
 *
 * <p>Run by {@code java jetty-base-example/Demo.java}; needs a JDK 17 or newer and Maven.
 */
public final class Demo {

    private static final String USAGE = """
            usage: java jetty-base-example/Demo.java [--port N] [--upstream-ports N,N,N] [--jetty VERSION]
              --port            where Jetty listens (8080)
              --upstream-ports  where the three upstreams listen (9001,9002,9003)
              --jetty           the Jetty to run, from Maven Central (the newest that is tested)
            A port that is taken is replaced by a free one.""";

    private static final List<String> IDS = List.of("a", "b", "c");
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);

    private final Path example;
    private final Path project;
    private final Path work;
    private final List<Child> children = new ArrayList<>();
    private boolean stopping;

    private int port = 8080;
    private int[] upstreamPorts = {9001, 9002, 9003};
    private String version;
    private String jettyVersion;

    private Demo(Path example) {
        this.example = example;
        this.project = example.getParent();
        this.work = example.resolve("work");
    }

    /** What went wrong, in words for the user. */
    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String message) {
            super(message);
        }
    }

    /**
     * Runs the example until it is stopped.
     *
     * @param arguments see {@link #USAGE}
     * @throws Exception if something fails for which there are no better words
     */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.println(USAGE);
            return;
        }
        int exitCode = 1;
        try {
            Demo demo = new Demo(findExample());
            demo.readProject();
            demo.readOptions(arguments);
            Runtime.getRuntime().addShutdownHook(new Thread(demo::stop, "stop"));
            demo.run();
        } catch (IllegalArgumentException bad) {
            System.err.println(bad.getMessage() + "\n" + USAGE);
            exitCode = 2;
        } catch (Failure failure) {
            System.err.println(failure.getMessage());
        }
        System.exit(exitCode);
    }

    /** The folder of this file: asked of the launcher, else looked for where one would stand when calling it. */
    private static Path findExample() throws Exception {
        List<Path> candidates = new ArrayList<>();
        var source = Demo.class.getProtectionDomain().getCodeSource();
        if (source != null && "file".equals(source.getLocation().getProtocol())) {
            candidates.add(Path.of(source.getLocation().toURI()).getParent());
        }
        for (String word : System.getProperty("sun.java.command", "").split(" ")) {
            if (word.endsWith("Demo.java")) {
                candidates.add(Path.of(word).toAbsolutePath().getParent());
            }
        }
        candidates.add(Path.of("jetty-base-example").toAbsolutePath());
        candidates.add(Path.of("").toAbsolutePath());
        return candidates.stream()
                .filter(folder -> Files.exists(folder.resolve("Upstream.java")))
                .findFirst()
                .orElseThrow(() -> new Failure("cannot find the folder of Demo.java: call it from the project's root"))
                .toRealPath();
    }

    private void readProject() throws Exception {
        var pom = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(project.resolve("pom.xml").toFile());
        XPath path = XPathFactory.newInstance().newXPath();
        version = path.evaluate("/project/version", pom).strip();
        jettyVersion =
                path.evaluate("/project/properties/jetty.home.newest", pom).strip();
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
                            .mapToInt(Demo::portNumber)
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
        Path repository = buildModule();
        Path home = fetchJetty();
        choosePorts();
        Path base = makeBase(home, repository);
        Path classes = compileUpstream();
        for (int index = 0; index < IDS.size(); index++) {
            startUpstream(classes, IDS.get(index), upstreamPorts[index]);
        }
        for (int index = 0; index < IDS.size(); index++) {
            awaitAnswer(children.get(index), "http://127.0.0.1:" + upstreamPorts[index] + "/health");
        }
        Child jetty =
                new Child("jetty", base, java("-jar", home.resolve("start.jar").toString(), "jetty.http.port=" + port));
        start(jetty);
        awaitAnswer(jetty, "http://127.0.0.1:" + port + "/");
        explain(jetty, base);
        restartOnEnter();
        int exitCode = jetty.process.waitFor();
        synchronized (this) {
            if (stopping) {
                // The exit code is the signal's; the hook is at work.
                wait();
            }
        }
        throw new Failure("Jetty ended with exit code " + exitCode);
    }

    /** Builds and installs the module unless the local Maven repository has it and no source is newer. */
    private Path buildModule() throws Exception {
        Path repository = Path.of(output(maven(
                "org.apache.maven.plugins:maven-help-plugin:3.5.1:evaluate",
                "-Dexpression=settings.localRepository",
                "-DforceStdout")));
        Path zip = repository.resolve("io/jettylb/jetty-lb/" + version + "/jetty-lb-" + version + "-config.zip");
        if (!Files.exists(zip) || Files.getLastModifiedTime(zip).compareTo(newestSource()) < 0) {
            step("Building the module and installing it into the local Maven repository");
            command(project, maven("-DskipTests", "install"));
        }
        return repository;
    }

    private FileTime newestSource() throws IOException {
        FileTime newest = Files.getLastModifiedTime(project.resolve("pom.xml"));
        for (String folder : List.of("src/main", "jetty-lb-module")) {
            try (Stream<Path> files = Files.walk(project.resolve(folder))) {
                for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                    FileTime modified = Files.getLastModifiedTime(file);
                    newest = modified.compareTo(newest) > 0 ? modified : newest;
                }
            }
        }
        return newest;
    }

    private Path fetchJetty() throws Exception {
        Path home = work.resolve("jetty-home-" + jettyVersion);
        if (!Files.exists(home.resolve("start.jar"))) {
            step("Fetching Jetty " + jettyVersion);
            command(
                    project,
                    maven(
                            "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:unpack",
                            "-Dartifact=org.eclipse.jetty:jetty-home:" + jettyVersion + ":zip",
                            "-DoutputDirectory=" + work,
                            // Its memory of what was unpacked lies elsewhere and would outlive our folder.
                            "-Dmdep.overWriteReleases=true"));
        }
        return home;
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

    /** A fresh base with what its owner has written, into which the module is installed by the two stock commands. */
    private Path makeBase(Path home, Path repository) throws Exception {
        Path base = work.resolve("base");
        delete(base);
        for (String folder : List.of("start.d", "etc", "webapps")) {
            try (Stream<Path> files = Files.walk(example.resolve(folder))) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Path target = base.resolve(example.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
        Path conf = base.resolve("etc/lb.conf");
        String content = Files.readString(conf, UTF_8);
        for (int index = 0; index < IDS.size(); index++) {
            content = content.replace(":" + (9001 + index) + "\"", ":" + upstreamPorts[index] + "\"");
        }
        Files.writeString(conf, content, UTF_8);

        String startJar = home.resolve("start.jar").toString();
        step("Installing the module into " + base);
        command(
                base,
                java(
                        "-jar",
                        startJar,
                        "--download=maven://io.jettylb/jetty-lb/" + version + "/zip/config|extract:/",
                        "maven.local.repo=" + repository));
        command(base, java("-jar", startJar, "--add-modules=lb"));
        return base;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private Path compileUpstream() throws Exception {
        Path classes = Files.createDirectories(work.resolve("classes"));
        var compiler = Optional.ofNullable(ToolProvider.getSystemJavaCompiler())
                .orElseThrow(() -> new Failure("no Java compiler: a JDK is needed, not a JRE"));
        String source = example.resolve("Upstream.java").toString();
        if (compiler.run(null, null, null, "-d", classes.toString(), source) != 0) {
            throw new Failure("Upstream.java does not compile");
        }
        return classes;
    }

    private void startUpstream(Path classes, String id, int upstreamPort) throws Exception {
        start(new Child(
                id, work, java("-Xmx64m", "-cp", classes.toString(), "Upstream", id, String.valueOf(upstreamPort))));
    }

    private synchronized void start(Child child) throws IOException {
        if (!stopping) {
            children.add(child);
            child.start();
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
            if (child.process.waitFor(200, TimeUnit.MILLISECONDS)) {
                throw new Failure(child.name + " did not start: exit code " + child.process.exitValue());
            }
            try {
                if (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() < 400) {
                    return;
                }
            } catch (IOException notYet) {
                // Nobody listens yet, and the next round asks again.
            }
        }
        throw new Failure(child.name + " does not answer at " + uri);
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
                version,
                url,
                String.join(", ", IDS),
                base.resolve("logs/requests.log"),
                base.resolve("etc/lb.conf"),
                jetty.process.pid(),
                String.join(
                        ", ",
                        children.subList(0, IDS.size()).stream()
                                .map(child -> child.name + " " + child.process.pid())
                                .toList()),
                victim.process.pid(),
                victim.name,
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
            if (!stopping && !child.process.isAlive()) {
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

    private static void step(String what) {
        System.out.println("== " + what);
    }

    private static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private List<String> maven(String... arguments) {
        boolean windows = File.separatorChar == '\\';
        List<String> command = new ArrayList<>(List.of(windows ? "mvn.cmd" : "mvn", "-q", "-B"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static void command(Path directory, List<String> command) throws Exception {
        System.out.println("$ " + String.join(" ", command));
        int exitCode = new ProcessBuilder(command)
                .directory(directory.toFile())
                .inheritIO()
                .start()
                .waitFor();
        if (exitCode != 0) {
            throw new Failure("exit code " + exitCode + " of " + String.join(" ", command));
        }
    }

    private String output(List<String> command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(project.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException missing) {
            throw new Failure("Maven is needed: " + missing.getMessage());
        }
        // Some Maven versions end even a bare value with the codes that reset a terminal's colours.
        String text = new String(process.getInputStream().readAllBytes(), UTF_8).replaceAll("\\u001B\\[[0-9;]*m", "");
        if (process.waitFor() != 0) {
            throw new Failure("failed: " + String.join(" ", command) + "\n" + text);
        }
        return text.strip();
    }

    /** A process of ours, whose output appears among ours behind its name. */
    private static final class Child {

        private final String name;
        private final Path directory;
        private final List<String> command;
        private volatile Process process;

        Child(String name, Path directory, List<String> command) {
            this.name = name;
            this.directory = directory;
            this.command = command;
        }

        void start() throws IOException {
            Process started = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            process = started;
            Thread printer = new Thread(() -> print(started), "output of " + name);
            printer.setDaemon(true);
            printer.start();
        }

        private void print(Process started) {
            System.out.println("[" + name + "] started as pid " + started.pid());
            try (BufferedReader lines = started.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    System.out.println("[" + name + "] " + line);
                }
            } catch (IOException closed) {
                System.out.println("[" + name + "] " + closed.getMessage());
            }
            System.out.println("[" + name + "] ended");
        }

        void stop() {
            // Not Process.destroy(): it closes the output before the last words.
            process.toHandle().destroy();
            process.onExit().completeOnTimeout(process, 15, TimeUnit.SECONDS).join();
            if (process.isAlive()) {
                process.destroyForcibly();
            }
        }
    }
}
