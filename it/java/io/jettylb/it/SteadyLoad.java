package io.jettylb.it;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * So many requests a second, each when it is due on any connection that is free; one in four is a POST. A client's connection that breaks is replaced; no request is ever sent twice. A response's time begins when its request
 * is sent, which is when it is due unless all connections wait.
 */
final class SteadyLoad implements AutoCloseable {

    private static final int POST_EVERY = 4;

    /** Of the mixing function below. */
    private static final long ODD = 0x9E37_79B9_7F4A_7C15L;

    private final int port;
    private final double rate;
    private final boolean withPosts;
    private final List<String> paths;
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Samples.Sample> samples = new ConcurrentLinkedQueue<>();
    private final AtomicLong next = new AtomicLong();
    private final long start;
    private volatile boolean ended;

    /**
     * Starts it.
     *
     * @param port of the balancer
     * @param rate requests per second
     * @param connections how many at most are under way at once
     * @param withPosts whether there are POSTs as well
     * @param paths taken in turn
     */
    SteadyLoad(int port, double rate, int connections, boolean withPosts, List<String> paths) {
        this.port = port;
        this.rate = rate;
        this.withPosts = withPosts;
        this.paths = paths;
        this.start = System.nanoTime();
        for (int i = 0; i < connections; i++) {
            int connection = i;
            Thread thread = new Thread(null, () -> run(connection), "client " + i, 256 * 1024);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void run(int connection) {
        KeepAliveClient client = null;
        while (true) {
            long number = next.getAndIncrement();
            long due = start + (long) (number / rate * 1e9);
            for (long left = due - System.nanoTime(); left > 0 && !ended; left = due - System.nanoTime()) {
                LockSupport.parkNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
            }
            if (ended) {
                close(client);
                return;
            }
            client = ask(client, connection, number);
        }
    }

    /** One request; returns the connection if it can be used again. */
    private KeepAliveClient ask(KeepAliveClient kept, int connection, long number) {
        String path = paths.get((int) (number % paths.size()));
        String method = withPosts && isPost(number) ? "POST" : "GET";
        String id = "r" + number;
        String head = method + " " + path + "/" + id + " HTTP/1.1\r\nHost: localhost\r\n";
        String request = method.equals("GET")
                ? head + "\r\n"
                : head + "Content-Type: text/plain\r\nContent-Length: " + id.length() + "\r\n\r\n" + id;
        KeepAliveClient client = kept;
        long sent = System.nanoTime();
        try {
            client = client == null ? new KeepAliveClient(port) : client;
            sent = System.nanoTime();
            KeepAliveClient.Answer answer = client.ask(request);
            String servedBy = answer.headers().getOrDefault("x-served-by", "");
            boolean right = answer.status() != 200 || answer.body().equals(servedBy + FaultyUpstream.REST);
            samples.add(new Samples.Sample(
                    id,
                    method,
                    path,
                    connection,
                    sent,
                    System.nanoTime(),
                    answer.status(),
                    servedBy,
                    answer.headers().get("retry-after"),
                    right ? null : "wrong content: " + answer.body()));
            if ("close".equals(answer.headers().get("connection"))) {
                close(client);
                return null;
            }
            return client;
        } catch (IOException | RuntimeException broken) {
            samples.add(new Samples.Sample(
                    id, method, path, connection, sent, System.nanoTime(), 0, "", null, broken.toString()));
            close(client);
            return null;
        }
    }

    /** No pattern that could run in step with a balancer that takes turns, and the same one each time. */
    private static boolean isPost(long number) {
        long mixed = (number + 1) * ODD;
        mixed = (mixed ^ mixed >>> 32) * ODD;
        return Math.floorMod(mixed ^ mixed >>> 29, POST_EVERY) == 0;
    }

    private static void close(KeepAliveClient client) {
        if (client != null) {
            try {
                client.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** All answers until now. */
    Samples seen() {
        return new Samples(List.copyOf(samples));
    }

    /** Sends no more, and waits for what is under way. */
    Samples end() throws InterruptedException {
        ended = true;
        for (Thread thread : threads) {
            thread.join(2 * RunningProcess.PATIENCE.toMillis());
            if (thread.isAlive()) {
                throw new AssertionError(thread.getName() + " still waits");
            }
        }
        return seen();
    }

    @Override
    public void close() {
        ended = true;
    }
}
