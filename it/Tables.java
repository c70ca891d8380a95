import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Writes the tables of the README's chapter on strategies anew, each by the command that stands above it. To be run by
 * hand, from the project's folder after {@code mvn package}, whenever a strategy has come or changed:
 *
 * <pre>{@code
 * java it/Tables.java
 * }</pre>
 *
 * <p>A table lies between {@code <!-- simulate OPTIONS -->} and {@code <!-- end -->}.
 */
public final class Tables {

    private static final String CONFIGURATION = "jetty-base-example/etc/lb.conf";
    private static final String BEGIN = "<!-- simulate ";
    private static final String CLOSE = " -->";
    private static final String END = "<!-- end -->";

    private Tables() {}

    /**
     * Replaces the tables.
     *
     * @param args none
     * @throws Exception if a command fails
     */
    public static void main(String[] args) throws Exception {
        Path readme = Path.of("README.md");
        List<String> written = new ArrayList<>();
        Iterator<String> lines =
                Files.readAllLines(readme, StandardCharsets.UTF_8).iterator();
        while (lines.hasNext()) {
            String line = lines.next();
            written.add(line);
            if (line.startsWith(BEGIN) && line.endsWith(CLOSE)) {
                String options = line.substring(BEGIN.length(), line.length() - CLOSE.length());
                while (!line.equals(END)) {
                    line = lines.next();
                }
                written.addAll(table(options));
                written.add(END);
            }
        }
        Files.write(readme, written, StandardCharsets.UTF_8);
    }

    private static List<String> table(String options) throws IOException, InterruptedException {
        String command = "simulate " + CONFIGURATION + " " + options;
        System.out.println(command);
        List<String> all = new ArrayList<>(List.of(java(), "-jar", jar().toString()));
        all.addAll(Arrays.asList(command.split(" ")));
        Process process = new ProcessBuilder(all)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("exit code " + process.exitValue() + " of " + command);
        }
        List<String> lines = new ArrayList<>(List.of("", "`" + command + "`:", ""));
        lines.addAll(output.lines().toList());
        if (!lines.get(lines.size() - 1).isEmpty()) {
            lines.add("");
        }
        return lines;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The one without a classifier. */
    private static Path jar() throws IOException {
        Path shortest = null;
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of("target"), "jetty-lb-*.jar")) {
            for (Path jar : jars) {
                if (shortest == null
                        || jar.toString().length() < shortest.toString().length()) {
                    shortest = jar;
                }
            }
        }
        if (shortest == null) {
            throw new IllegalStateException("no jar in target (expected: after mvn package)");
        }
        return shortest;
    }
}
