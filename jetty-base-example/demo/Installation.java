import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathFactory;

/** Gets what the example runs on: the built module, a Jetty, and a base into which the module is installed. */
final class Installation {

    private final Path example;
    private final Path project;
    private final Path work;
    private final String version;
    private final String newestJetty;

    Installation(Path example) throws Exception {
        this.example = example;
        this.project = example.getParent();
        this.work = example.resolve("work");
        var pom = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(project.resolve("pom.xml").toFile());
        XPath path = XPathFactory.newInstance().newXPath();
        this.version = path.evaluate("/project/version", pom).strip();
        this.newestJetty =
                path.evaluate("/project/properties/jetty.home.newest", pom).strip();
    }

    String version() {
        return version;
    }

    String newestJetty() {
        return newestJetty;
    }

    Path work() {
        return work;
    }

    /** Builds and installs the module unless the local Maven repository has it and no source is newer. */
    Path buildModule() throws Exception {
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

    Path fetchJetty(String jettyVersion) throws Exception {
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

    /** A fresh base with what its owner has written, into which the module is installed by the two stock commands. */
    Path makeBase(Path home, Path repository, List<Integer> upstreamPorts) throws Exception {
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
        for (int index = 0; index < upstreamPorts.size(); index++) {
            content = content.replace(":" + (9001 + index) + "\"", ":" + upstreamPorts.get(index) + "\"");
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

    private static void step(String what) {
        System.out.println("== " + what);
    }

    static List<String> java(String... arguments) {
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
}
