package io.jettylb.it;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An unpacked Jetty distribution.
 *
 * @param version its version
 * @param directory where it is
 */
record JettyHome(String version, Path directory) {

    /**
     * What the tests run on.
     *
     * @return the oldest and the newest supported one, as the build has unpacked them
     */
    static List<JettyHome> all() {
        return List.of(of(property("lb.home.oldest")), of(property("lb.home.newest")));
    }

    private static JettyHome of(String version) {
        return new JettyHome(version, Path.of(property("lb.homes"), "jetty-home-" + version));
    }

    static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set: run these tests by `mvn verify`");
        }
        return value;
    }

    Path startJar() {
        return directory.resolve("start.jar");
    }

    /** Whether there is an environment, ee11 for instance. */
    boolean has(String environment) {
        return Files.exists(directory.resolve("modules").resolve(environment + "-deploy.mod"));
    }

    /** The servlet API of an environment, to compile a webapp against. */
    Path servletApi(String environment) throws IOException {
        String pattern = switch (environment) {
            case "ee8" -> "jetty-servlet-api-4.*.jar";
            case "ee9" -> "jetty-jakarta-servlet-api-5.*.jar";
            case "ee10" -> "jakarta.servlet-api-6.0.*.jar";
            default -> "jakarta.servlet-api-6.1.*.jar";
        };
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory.resolve("lib"), pattern)) {
            return jars.iterator().next();
        }
    }

    @Override
    public String toString() {
        return "jetty-home " + version;
    }
}
