package io.jettylb.cli;

import io.jettylb.config.Compliance;
import io.jettylb.config.Surroundings;
import io.jettylb.config.Surroundings.AddressSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server as the files of its jetty base describe it: the enabled modules, with those that they depend on, and their
 * properties. It knows nothing of XML files of the owner, of the command line, and of code.
 */
final class ServerFiles {

    private static final Pattern MODULES = Pattern.compile("--(?:add-)?modules?=(.*)");
    private static final Pattern PROPERTY = Pattern.compile("([\\w.-]+)\\??=(.*)");
    private static final Pattern SERVER_JAR = Pattern.compile("jetty-server-(\\d.*)\\.jar");

    private final Path base;
    private final Path home;
    private final Set<String> modules = new HashSet<>();
    private final Map<String, String> properties = new HashMap<>();

    /**
     * Reads a base.
     *
     * @param base the jetty base
     * @param home the jetty home; null: not known
     * @throws IOException if something is there and cannot be read
     */
    ServerFiles(Path base, Path home) throws IOException {
        this.base = base;
        this.home = home;
        Deque<String> open = new ArrayDeque<>();
        for (Path ini : inis()) {
            for (String line : lines(ini)) {
                read(line, open);
            }
        }
        while (!open.isEmpty()) {
            String module = open.remove();
            if (modules.add(module)) {
                open.addAll(dependencies(module));
            }
        }
    }

    private List<Path> inis() throws IOException {
        List<Path> files = new ArrayList<>();
        Path startD = base.resolve("start.d");
        if (Files.isDirectory(startD)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(startD, "*.ini")) {
                found.forEach(files::add);
            }
            Collections.sort(files);
        }
        Path startIni = base.resolve("start.ini");
        if (Files.isRegularFile(startIni)) {
            files.add(0, startIni);
        }
        return files;
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    private void read(String line, Deque<String> open) {
        Matcher names = MODULES.matcher(line);
        if (names.matches()) {
            open.addAll(List.of(names.group(1).strip().split("\\s*,\\s*")));
            return;
        }
        Matcher property = PROPERTY.matcher(line);
        if (property.matches()) {
            properties.put(property.group(1), property.group(2).strip());
        }
    }

    private List<String> dependencies(String module) throws IOException {
        Path file = module(module);
        if (file == null) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        String section = "";
        for (String line : lines(file)) {
            if (line.startsWith("[")) {
                section = line;
            } else if (section.equals("[depend]") || section.equals("[depends]")) {
                names.add(line);
            }
        }
        return names;
    }

    private Path module(String name) {
        for (Path root : home == null ? List.of(base) : List.of(base, home)) {
            Path file = root.resolve("modules").resolve(name + ".mod");
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        return null;
    }

    /** The load balancer's configuration file. */
    Path configuration() {
        return base.resolve(properties.getOrDefault("jetty.lb.config", "etc/lb.conf"));
    }

    /** Whether the load balancer is enabled at all. */
    boolean balances() {
        return modules.contains("lb");
    }

    /** Of the server; null if it is not known. */
    String jettyVersion() throws IOException {
        if (home == null) {
            return null;
        }
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(home.resolve("lib"), "jetty-server-*.jar")) {
            for (Path jar : jars) {
                Matcher version = SERVER_JAR.matcher(jar.getFileName().toString());
                if (version.matches()) {
                    return version.group(1);
                }
            }
        } catch (NoSuchFileException noHome) {
            return null;
        }
        return null;
    }

    /** What the self-check judges. */
    Surroundings surroundings() throws IOException {
        String version = jettyVersion();
        Set<AddressSource> sources = EnumSet.noneOf(AddressSource.class);
        if (modules.contains("forwarded") || modules.contains("http-forwarded")) {
            sources.add(AddressSource.FORWARDED_FIELDS);
        }
        if (modules.contains("proxy-protocol") || modules.contains("proxy-protocol-ssl")) {
            sources.add(AddressSource.PROXY_PROTOCOL);
        }
        Set<String> compression = new TreeSet<>();
        if (modules.contains("gzip")) {
            compression.add("GzipHandler");
        }
        if (modules.stream().anyMatch(name -> name.equals("compression") || name.startsWith("compression-"))) {
            compression.add("CompressionHandler");
        }
        String uri = properties.getOrDefault("jetty.httpConfig.uriCompliance", "DEFAULT");
        String http = properties.getOrDefault("jetty.httpConfig.compliance", "RFC7230");
        return new Surroundings(
                version,
                List.of(Compliance.parseUri(uri)),
                List.of(Compliance.parseHttp(http, version)),
                List.of(),
                sources,
                compression,
                modules.contains("graceful"),
                stopTimeout());
    }

    /** Jetty's own default is 5 s; what is no number stops Jetty's start and is no matter for this check. */
    private long stopTimeout() {
        String timeout = properties.getOrDefault("jetty.server.stopTimeout", "5000");
        return timeout.matches("-?\\d{1,18}") ? Long.parseLong(timeout) : 1;
    }
}
