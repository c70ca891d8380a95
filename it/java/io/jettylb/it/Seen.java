package io.jettylb.it;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What was seen of one fault: by the clients, and on the side. */
final class Seen {

    static final String FAULT = "fault";
    static final String END = "end";

    private final Map<String, Long> marks = new TreeMap<>();
    private final Map<String, Double> numbers = new LinkedHashMap<>();
    private Samples samples;

    /** Gives this moment a name. */
    void mark(String name) {
        marks.put(name, System.nanoTime());
    }

    long at(String mark) {
        return marks.get(mark);
    }

    /** Keeps a figure that no client sees. */
    void number(String name, double value) {
        numbers.put(name, value);
    }

    double number(String name) {
        return numbers.get(name);
    }

    void samples(Samples all) {
        samples = all;
    }

    /** What was sent from one moment to another. */
    Samples from(String mark, String to) {
        return samples.sent(at(mark), at(to));
    }

    /** What was sent while the fault lasted, its end included. */
    Samples during() {
        return from(FAULT, END);
    }

    /** What was sent in its later half. */
    Samples later() {
        return samples.sent(at(FAULT) + (at(END) - at(FAULT)) / 2, at(END));
    }

    /** What was sent in the second before it. */
    Samples before() {
        return samples.sent(at(FAULT) - 1_000_000_000L, at(FAULT));
    }

    /** How many POSTs were under way at a kill, which lies between the marks {@code killing} and {@code killed}. */
    long postsUnderWay(String which) {
        return samples.of("POST").all().stream()
                .filter(sample -> sample.overlaps(at("killing" + which), at("killed" + which)))
                .count();
    }

    /** The time from a moment to the next request that an upstream serves, in milliseconds; -1 if it serves none. */
    double untilServed(String mark, String upstream) {
        return samples.servedBy(upstream).all().stream()
                .filter(sample -> sample.sent() - at(mark) >= 0)
                .mapToDouble(sample -> (sample.done() - at(mark)) / 1e6)
                .min()
                .orElse(-1);
    }

    /** The same for any upstream, with a good answer. */
    double untilServed(String mark) {
        return samples.sent(at(mark), at(END)).all().stream()
                .filter(sample -> !sample.failed())
                .mapToDouble(sample -> (sample.done() - at(mark)) / 1e6)
                .min()
                .orElse(-1);
    }

    /** The figures of all rows alike, then those of this one. */
    @Override
    public String toString() {
        Samples during = during();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%d requests, failed: %d GET, %d POST; ms: p50 %.1f, p99 %.1f, max %.1f; before: p99 %.1f",
                during.count(),
                during.of("GET").failed().count(),
                during.of("POST").failed().count(),
                during.percentile(0.5),
                during.percentile(0.99),
                during.slowest(),
                before().percentile(0.99)));
        text.append("; served by ").append(during.count(Samples.Sample::servedBy));
        text.append("; status ").append(during.count(Samples.Sample::status));
        numbers.forEach((name, value) -> text.append(String.format(Locale.ROOT, "; %s %.1f", name, value)));
        return text.toString();
    }
}
