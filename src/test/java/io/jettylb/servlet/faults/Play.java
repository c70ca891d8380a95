package io.jettylb.servlet.faults;

import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One request in the hands of the scripted upstream. */
final class Play {

    /** What stands for the id of the trial in messages; ids are as long as it. */
    static final String ID = "{trial}";

    private final RawUpstream.Exchange exchange;
    private final Trial trial;
    private final boolean used;

    /** What to do with a request. */
    interface Script {
        void play(Play play) throws IOException;

        default Script then(Script next) {
            return play -> {
                play(play);
                next.play(play);
            };
        }
    }

    /** Ends a connection from the upstream's side; thrown, so that a script may do so anywhere. */
    static final class End extends IOException {
        private static final long serialVersionUID = 1L;

        End() {
            super("the script ends the connection");
        }
    }

    Play(RawUpstream.Exchange exchange, Trial trial, boolean used) {
        this.exchange = exchange;
        this.trial = trial;
        this.used = used;
    }

    boolean toHead() {
        return exchange.head().startsWith("HEAD ");
    }

    boolean toPost() {
        return exchange.head().startsWith("POST ");
    }

    /** Whether the connection has carried a request before this one. */
    boolean onUsedConnection() {
        return used;
    }

    /** How often the request was delivered, this time included. */
    int deliveries() {
        return trial.deliveries();
    }

    void readBody() throws IOException {
        exchange.body();
    }

    void readSome() throws IOException {
        exchange.in().readNBytes(10);
    }

    void send(String latin1) throws IOException {
        exchange.send(latin1.replace(ID, trial.id()));
    }

    /** Sends byte by byte. */
    void trickle(String latin1) throws IOException {
        for (String part : latin1.replace(ID, trial.id()).split("")) {
            exchange.send(part);
            pause(1);
        }
    }

    /** Waits until the client has got the head of the response. */
    void headSeen() throws IOException {
        trial.awaitHead();
    }

    /** Lets some time pass, which an interrupt ends. */
    void pause(long millis) throws IOException {
        try {
            if (new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS)) {
                throw new AssertionError("nobody counts this down");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Ends with FIN. */
    void fin() throws IOException {
        throw new End();
    }

    void reset() throws IOException {
        exchange.reset();
        throw new End();
    }

    /** Does nothing until the proxy has enough of it, and ends then. */
    void stall() throws IOException {
        byte[] scrap = new byte[8192];
        int got = exchange.in().read(scrap);
        while (got >= 0) {
            got = exchange.in().read(scrap);
        }
        throw new End();
    }
}
