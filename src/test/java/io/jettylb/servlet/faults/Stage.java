package io.jettylb.servlet.faults;

import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What all scripted upstreams have in common: the path says which trial a request belongs to. */
final class Stage implements RawUpstream.Script {

    /** Paths below it are answered as they should be, with the last segment of the path. */
    static final String GOOD = "good";

    static final String BAD = "bad";

    private final Map<String, Trial> trials = new ConcurrentHashMap<>();
    private final Set<Object> used = ConcurrentHashMap.newKeySet();
    private final AtomicInteger ids = new AtomicInteger();

    /** An id as long as {@link Play#ID}. */
    String nextId() {
        return "t%06d".formatted(ids.incrementAndGet());
    }

    Trial register(Behaviour behaviour) {
        Trial trial = new Trial(nextId(), behaviour);
        trials.put(trial.id(), trial);
        return trial;
    }

    @Override
    public boolean answer(RawUpstream.Exchange exchange) throws IOException {
        String path = exchange.head().split(" ")[1];
        String id = path.substring(path.lastIndexOf('/') + 1);
        boolean before = !used.add(exchange.in());
        if (path.contains("/" + GOOD + "/")) {
            exchange.body();
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + id.length() + "\r\n\r\n" + id);
            return true;
        }
        Trial trial = trials.get(id);
        trial.begin();
        try {
            if (!trial.behaviour().early()) {
                exchange.body();
            }
            trial.behaviour().script().play(new Play(exchange, trial, before));
            return true;
        } catch (Play.End end) {
            return false;
        } catch (RuntimeException | Error broken) {
            trial.failed(broken);
            throw broken;
        } finally {
            trial.end();
        }
    }
}
