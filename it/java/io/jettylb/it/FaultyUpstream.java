package io.jettylb.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * An upstream that fails as it is told to, always in a process of its own: plain sockets, so that it starts in a moment
 * and that every byte and every reset is its own. What it is told comes over a second port, one command a line:
 *
 * <ul>
 *   <li>{@code status N}: answers so, and at once unless it is 200
 *   <li>{@code delay N}: answers after so many milliseconds
 *   <li>{@code probe N}: answers so to {@code /health}
 *   <li>{@code cut true}: sends half of its content, then resets the connection
 *   <li>{@code vanish}: each connection ends with its next response, and new ones find a full accept queue
 *   <li>{@code stats}: tells how many requests it has seen, and what the balancer's probes have told it
 *   <li>{@code arrivals}: tells how many came in which second
 * </ul>
 *
 * <p>The content of each complete POST is kept in a file, a line each, which a kill does not take back.
 */
public final class FaultyUpstream {

    /** What follows the id in every complete content. */
    static final String REST = " " + "and so on ".repeat(60) + "end";

    private static final int IDLE_MILLIS = 90_000;

    private final String id;
    private final Path posts;
    private final LongAdder requests = new LongAdder();
    /** How many arrived in each second of the system's time. */
    private final Map<Long, LongAdder> arrivals = new ConcurrentSkipListMap<>();
    /** What the balancer's probes have told of this upstream's state, each word once. */
    private final Set<String> states = new ConcurrentSkipListSet<>();
    /** Half-open connections to itself. */
    private final List<SocketChannel> fillers = new ArrayList<>();

    private ServerSocket listener;
    private volatile int status = 200;
    private volatile int delay = 20;
    private volatile int probe = 200;
    private volatile boolean cut;
    private volatile boolean vanished;
    private volatile String inFlight = "?";

    private FaultyUpstream(String id, Path posts) {
        this.id = id;
        this.posts = posts;
    }

    /**
     * Serves until it is killed.
     *
     * @param arguments its id, its port (0 for a free one), and the file for what was posted
     * @throws IOException if the port cannot be had
     */
    public static void main(String[] arguments) throws IOException {
        FaultyUpstream upstream = new FaultyUpstream(arguments[0], Path.of(arguments[2]));
        ServerSocket control = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        upstream.listener = new ServerSocket(Integer.parseInt(arguments[1]), 1024, InetAddress.getLoopbackAddress());
        System.out.println("listening on " + upstream.listener.getLocalPort() + " and " + control.getLocalPort());
        start(() -> upstream.accept(control, upstream::obey));
        upstream.accept(upstream.listener, upstream::serve);
        // It has vanished: only the process is left.
        LockSupport.park(upstream);
    }

    private interface Talk {
        void with(Socket connection) throws IOException;
    }

    private static void start(Runnable task) {
        new Thread(null, task, "upstream", 256 * 1024).start();
    }

    private void accept(ServerSocket from, Talk talk) {
        while (true) {
            try {
                Socket connection = from.accept();
                start(() -> {
                    try (connection) {
                        connection.setTcpNoDelay(true);
                        connection.setSoTimeout(IDLE_MILLIS);
                        talk.with(connection);
                    } catch (IOException | RuntimeException over) {
                        // The other side is gone or does not speak HTTP: the connection is over.
                        return;
                    }
                });
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void obey(Socket connection) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), ISO_8859_1));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "status" -> status = Integer.parseInt(words[1]);
                case "delay" -> delay = Integer.parseInt(words[1]);
                case "probe" -> probe = Integer.parseInt(words[1]);
                case "cut" -> cut = Boolean.parseBoolean(words[1]);
                case "vanish" -> vanish();
                case "stats" -> line = requests.sum() + " " + inFlight + " " + String.join(",", states);
                case "arrivals" -> line = String.valueOf(arrivals).replaceAll("[{} ]", "");
                default -> line = "unknown";
            }
            connection.getOutputStream().write((line + "\n").getBytes(ISO_8859_1));
        }
    }

    private void vanish() throws IOException {
        int port = listener.getLocalPort();
        listener.close();
        listener = bind(port);
        for (int i = 0; i < 8; i++) {
            SocketChannel filler = SocketChannel.open();
            filler.configureBlocking(false);
            filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            fillers.add(filler);
        }
        vanished = true;
    }

    /** Anew: the port is free when the thread that waited there has noticed. */
    private static ServerSocket bind(int port) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
            } catch (BindException notYet) {
                if (tries == 1_000) {
                    throw notYet;
                }
                pause(1);
            }
        }
    }

    private void serve(Socket connection) throws IOException {
        InputStream in = new BufferedInputStream(connection.getInputStream());
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String[] words = line.split(" ");
            Map<String, String> fields = fields(in);
            byte[] content = content(in, fields);
            boolean more = words[1].endsWith("/health")
                    ? answerProbe(connection, fields)
                    : answer(connection, words[0], content);
            if (!more || "close".equalsIgnoreCase(fields.get("connection")) || words[2].equals("HTTP/1.0")) {
                return;
            }
        }
    }

    private boolean answerProbe(Socket connection, Map<String, String> fields) throws IOException {
        String state = fields.get("x-lb-upstream-state");
        if (state != null) {
            states.add(state.split(";")[0].strip());
            inFlight = state.replaceAll(".*in-flight=(\\d+).*", "$1");
        }
        send(connection, probe, "healthy?", "");
        return true;
    }

    private boolean answer(Socket connection, String method, byte[] content) throws IOException {
        requests.increment();
        arrivals.computeIfAbsent(System.currentTimeMillis() / 1_000, second -> new LongAdder())
                .increment();
        if (method.equals("POST")) {
            byte[] line = (new String(content, ISO_8859_1) + "\n").getBytes(ISO_8859_1);
            synchronized (this) {
                Files.write(posts, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        }
        int now = status;
        if (now == 200) {
            pause(delay);
        }
        String text = id + REST;
        if (cut) {
            connection.getOutputStream().write(head(now, text.length(), "").getBytes(ISO_8859_1));
            connection
                    .getOutputStream()
                    .write(text.substring(0, text.length() / 2).getBytes(ISO_8859_1));
            // A reset overtakes what was not read yet.
            pause(20);
            connection.setSoLinger(true, 0);
            return false;
        }
        boolean last = vanished;
        send(connection, now, text, last ? "Connection: close\r\n" : "");
        return !last;
    }

    private static void pause(int millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** In one piece: a process that is killed between two would leave half a response, which nobody can make good. */
    private void send(Socket connection, int code, String text, String field) throws IOException {
        connection.getOutputStream().write((head(code, text.length(), field) + text).getBytes(ISO_8859_1));
    }

    private String head(int code, int length, String field) {
        return "HTTP/1.1 " + code + " \r\nX-Served-By: " + id + "\r\n" + field + "Content-Type: text/plain\r\n"
                + "Content-Length: " + length + "\r\n\r\n";
    }

    private static Map<String, String> fields(InputStream in) throws IOException {
        Map<String, String> fields = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return fields;
    }

    private static byte[] content(InputStream in, Map<String, String> fields) throws IOException {
        if (!"chunked".equalsIgnoreCase(fields.get("transfer-encoding"))) {
            return bytes(in, Integer.parseInt(fields.getOrDefault("content-length", "0")));
        }
        StringBuilder content = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(line(in).split(";")[0].strip(), 16);
            if (size == 0) {
                fields(in);
                return content.toString().getBytes(ISO_8859_1);
            }
            content.append(new String(bytes(in, size), ISO_8859_1));
            line(in);
        }
    }

    private static byte[] bytes(InputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException();
        }
        return bytes;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }
}
