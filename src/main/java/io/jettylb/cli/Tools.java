package io.jettylb.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The jars beside ours that only a tool needs ({@code lib/lb/tools}), and third-party strategies ({@code lib/lb/ext}).
 *
 * <p>They are not in our manifest's class path: a server follows that, too, and would carry them for nothing. So a tool
 * runs once more, in a class loader of its own that has them.
 */
final class Tools {

    private static final String LOADER = "jetty-lb-tools";

    private Tools() {}

    /** Whether a class can be had here. */
    static boolean present(String className) {
        try {
            Class.forName(className, false, Tools.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException missing) {
            return false;
        }
    }

    /** Whether this is the class loader with the tools already. */
    static boolean inside() {
        return LOADER.equals(Tools.class.getClassLoader().getName());
    }

    /** Where the jars are expected; null if we do not run from a jar. */
    static Path folder() {
        Path jar = jar();
        return jar == null ? null : jar.resolveSibling("tools");
    }

    /** Whether a configuration may name strategies that lie in the folder for them. */
    static boolean hasStrategies() {
        Path jar = jar();
        return jar != null && Files.isDirectory(jar.resolveSibling("ext"));
    }

    private static Path jar() {
        try {
            Path place = Path.of(Tools.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return Files.isRegularFile(place) ? place : null;
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Runs a command where the tools are.
     *
     * @return its exit code
     * @throws IOException if the jars cannot be read
     */
    static int run(List<String> args, PrintStream out, PrintStream err) throws IOException {
        Path jar = jar();
        List<URL> urls = new ArrayList<>();
        urls.add(url(jar));
        // The libraries of the server, and the strategies that the configuration may name, too.
        for (String folder : List.of("deps", "tools", "ext")) {
            addJars(jar.resolveSibling(folder), urls);
        }
        try (URLClassLoader loader =
                new URLClassLoader(LOADER, urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            return (int) loader.loadClass(Main.class.getName())
                    .getMethod("run", String[].class, PrintStream.class, PrintStream.class)
                    .invoke(null, args.toArray(new String[0]), out, err);
        } catch (InvocationTargetException e) {
            // A bug of ours, to be seen as it is.
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void addJars(Path folder, List<URL> urls) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
            for (Path jar : jars) {
                urls.add(url(jar));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static URL url(Path file) throws MalformedURLException {
        return file.toUri().toURL();
    }
}
