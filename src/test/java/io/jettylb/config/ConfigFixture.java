package io.jettylb.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files in a temporary folder and what is wrong with them. */
final class ConfigFixture {

    static final String GOOD = "upstreams = [\"http://h:1\"]";

    private final Path folder;

    ConfigFixture(Path folder) {
        this.folder = folder;
    }

    Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    LbConfig load(String text) throws IOException, ConfigException {
        return LbConfig.load(write("lb.conf", text), new TestCatalog());
    }

    PoolConfig pool(String body) throws IOException, ConfigException {
        return load("lb.pools.p { " + body + " }").pools().get("p");
    }

    /** The problems of a text; none if it is right. */
    List<String> problems(String text) throws IOException {
        return problems(write("lb.conf", text));
    }

    List<String> problems(Path file) {
        try {
            LbConfig.load(file, new TestCatalog());
            return List.of();
        } catch (ConfigException e) {
            return e.problems();
        }
    }
}
