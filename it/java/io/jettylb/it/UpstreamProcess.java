package io.jettylb.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A {@link TestUpstream} in a process of its own, to be killed and started again on the same port. */
final class UpstreamProcess implements AutoCloseable {

    private final String id;
    private RunningProcess process;
    private int port;

    private UpstreamProcess(String id) {
        this.id = id;
    }

    static UpstreamProcess start(String id) throws IOException, InterruptedException {
        UpstreamProcess upstream = new UpstreamProcess(id);
        upstream.restart();
        return upstream;
    }

    /** Starts it again, on the port that it had. */
    void restart() throws IOException, InterruptedException {
        String classes = System.getProperty("java.class.path");
        process = RunningProcess.java(
                Path.of("").toAbsolutePath(),
                List.of("-Xmx96m", "-cp", classes, TestUpstream.class.getName(), id, String.valueOf(port)));
        port = Integer.parseInt(process.await("listening on (\\d+)").group(1));
    }

    void kill() {
        process.kill();
    }

    String id() {
        return id;
    }

    String configured() {
        return "{ id = " + id + ", uri = \"http://127.0.0.1:" + port + "\" }";
    }

    @Override
    public void close() {
        process.kill();
    }
}
