import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Starts the example: three upstreams, and a Jetty that balances over them. Builds and fetches what is missing, and
 * stops everything on Ctrl-C.
 *
 * <p>Run by {@code java jetty-base-example/Demo.java}; needs a JDK 17 or newer and Maven. This file is only what the
 * launcher can run without a build: it compiles the folder {@code demo} and goes on there.
 */
public final class Demo {

    private Demo() {}

    /**
     * Compiles and runs the example.
     *
     * @param arguments {@code --help} tells
     * @throws Exception if this is no place to run it
     */
    public static void main(String[] arguments) throws Exception {
        Path example = findExample();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            System.err.println("There is no Java compiler here: a JDK is needed, not a JRE.");
            System.exit(1);
        }
        Path classes = Files.createDirectories(example.resolve("work/classes"));
        List<String> options = new ArrayList<>(List.of("-d", classes.toString()));
        try (Stream<Path> sources = Files.list(example.resolve("demo"))) {
            sources.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::toString)
                    .forEach(options::add);
        }
        if (compiler.run(null, null, null, options.toArray(String[]::new)) != 0) {
            System.exit(1);
        }
        // Never closed: the example's threads load from it until the process ends.
        URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()});
        loader.loadClass("Example").getMethod("run", Path.class, String[].class).invoke(null, example, arguments);
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
                .filter(folder -> Files.exists(folder.resolve("demo/Example.java")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "cannot find the folder of Demo.java: call it from the project's root"))
                .toRealPath();
    }
}
