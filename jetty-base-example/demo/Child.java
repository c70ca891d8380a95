import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of ours, whose output appears among ours behind its name. */
final class Child {

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

    String name() {
        return name;
    }

    Process process() {
        return process;
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
