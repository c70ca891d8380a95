package io.jettylb.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** A jetty base in a folder of a test: made, changed and started by the commands that its owner would use. */
final class JettyBase implements AutoCloseable {

    private final JettyHome home;
    private final Path directory;
    private List<String> jvmOptions = List.of("-Xmx256m");
    private Path javaHome = Path.of(System.getProperty("java.home"));
    private RunningProcess server;
    private int port;

    private JettyBase(JettyHome home, Path directory) throws IOException {
        this.home = home;
        this.directory = Files.createDirectories(directory);
    }

    /** A base without our module. */
    static JettyBase empty(JettyHome home, Path directory) throws IOException {
        return new JettyBase(home, directory);
    }

    /** A base with our module enabled, installed by unzipping it, which gives the self-check no reason to warn. */
    static JettyBase withModule(JettyHome home, Path directory) throws IOException, InterruptedException {
        JettyBase base = new JettyBase(home, directory);
        base.unzipModule();
        base.addModules("lb", "http", "http2c", "graceful");
        return base;
    }

    /** Has everything from here on run by another JDK. */
    JettyBase with(Path otherJavaHome) {
        javaHome = otherJavaHome;
        return this;
    }

    /** Has the server run with these limits of memory in place of the usual ones. */
    void memory(String... options) {
        jvmOptions = List.of(options);
    }

    /** Installs by the route without a repository. */
    void unzipModule() throws IOException {
        try (InputStream file = Files.newInputStream(moduleZip());
                ZipInputStream zip = new ZipInputStream(file)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path target = directory.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(zip, target);
                }
            }
        }
    }

    /**
     * Installs by start.jar's own command from a Maven repository. {@code mvn verify} installs nothing, so this is a
     * repository laid out for the occasion, with nothing but our zip.
     */
    void downloadModule(Path repository) throws IOException, InterruptedException {
        String version = JettyHome.property("lb.version");
        Path folder = repository.resolve("io/jettylb/jetty-lb").resolve(version);
        Files.createDirectories(folder);
        Files.copy(moduleZip(), folder.resolve("jetty-lb-" + version + "-config.zip"));
        command(
                "--download=maven://io.jettylb/jetty-lb/" + version + "/zip/config|extract:/",
                "maven.local.repo=" + repository,
                "maven.offline=true");
    }

    private static Path moduleZip() {
        return Path.of(JettyHome.property("lb.zip"));
    }

    void addModules(String... modules) throws IOException, InterruptedException {
        command("--add-modules=" + String.join(",", modules));
    }

    /** Runs start.jar to its end, which must be a good one. */
    String command(String... arguments) throws IOException, InterruptedException {
        try (RunningProcess process = java(arguments)) {
            int exitCode = process.awaitExit();
            if (exitCode != 0) {
                throw new AssertionError(
                        "exit code " + exitCode + " of " + List.of(arguments) + ":\n" + process.output());
            }
            return process.output();
        }
    }

    private RunningProcess java(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(jvmOptions);
        all.add("-Djava.io.tmpdir=" + temporary());
        all.addAll(List.of("-jar", home.startJar().toString()));
        all.addAll(List.of(arguments));
        return RunningProcess.java(javaHome, directory, all);
    }

    private Path temporary() throws IOException {
        return Files.createDirectories(directory.resolveSibling(directory.getFileName() + "-tmp"));
    }

    Path resolve(String path) {
        return directory.resolve(path);
    }

    void write(String path, String content) throws IOException {
        Path file = resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content, UTF_8);
    }

    void lbConf(String content) throws IOException {
        write("etc/lb.conf", content);
    }

    /** Makes {@code webapps/NAME} belong to an environment. */
    void environmentOf(String webapp, String environment) throws IOException {
        write("webapps/" + webapp + ".properties", "environment=" + environment + "\n");
    }

    /** The regular files below a folder, with their bytes; jars are told by their size alone. */
    Map<String, String> files(String folder) throws IOException {
        Map<String, String> files = new java.util.TreeMap<>();
        try (var found = Files.walk(resolve(folder))) {
            for (Path file : (Iterable<Path>) found.filter(Files::isRegularFile)::iterator) {
                boolean jar = file.toString().endsWith(".jar");
                files.put(
                        directory.relativize(file).toString(),
                        jar ? String.valueOf(Files.size(file)) : Files.readString(file, UTF_8));
            }
        }
        return files;
    }

    /** Starts the server on a free port and waits until it answers. */
    void start(String... arguments) throws IOException, InterruptedException {
        serve(launch(arguments));
    }

    /**
     * Starts the server by the command that start.jar prints, in one process: where start.jar itself would fork another
     * one, that would outlive it.
     */
    void startByPrintedCommand(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--dry-run", "jetty.http.host=127.0.0.1", "jetty.http.port=0"));
        all.addAll(List.of(arguments));
        String printed = command(all.toArray(String[]::new));
        serve(RunningProcess.run(directory, List.of("sh", "-c", "exec " + printed)));
    }

    private void serve(RunningProcess process) throws InterruptedException {
        server = process;
        port = Integer.parseInt(server.await("Started (?:oejs\\.)?ServerConnector@.*\\{127\\.0\\.0\\.1:(\\d+)}")
                .group(1));
        server.await("Started (?:oejs\\.)?Server@");
    }

    /** Starts the server and leaves it to the caller whether it comes up. */
    RunningProcess launch(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("jetty.http.host=127.0.0.1", "jetty.http.port=0"));
        all.addAll(List.of(arguments));
        return java(all.toArray(String[]::new));
    }

    RunningProcess server() {
        return server;
    }

    int port() {
        return port;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
