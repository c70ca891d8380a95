package io.jettylb.it;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What the clients of a {@link SteadyLoad} saw.
 *
 * @param all in no particular order
 */
record Samples(List<Sample> all) {

    /**
     * One request. Times are nanoseconds of the system's clock.
     *
     * @param id the request's own number, also the content of a POST
     * @param method its method
     * @param path where it went to
     * @param connection the number of the client's connection
     * @param sent when it was sent
     * @param done when its end was known
     * @param status of the response, 0 if none came to its end
     * @param servedBy the upstream's id, empty if none is known
     * @param retryAfter that field, null if there is none
     * @param problem why there is no complete and right response, null if there is one
     */
    record Sample(
            String id,
            String method,
            String path,
            int connection,
            long sent,
            long done,
            int status,
            String servedBy,
            String retryAfter,
            String problem) {

        boolean failed() {
            return problem != null || status != 200;
        }

        double millis() {
            return (done - sent) / 1e6;
        }

        /** Whether it was under way at some moment between these two. */
        boolean overlaps(long from, long to) {
            return sent <= to && done >= from;
        }
    }

    Samples where(Predicate<Sample> wanted) {
        return new Samples(all.stream().filter(wanted).toList());
    }

    /** Those sent from one moment to another. */
    Samples sent(long from, long to) {
        return where(sample -> sample.sent() - from >= 0 && sample.sent() - to < 0);
    }

    Samples of(String method) {
        return where(sample -> sample.method().equals(method));
    }

    Samples on(String path) {
        return where(sample -> sample.path().equals(path));
    }

    Samples servedBy(String upstream) {
        return where(sample -> sample.servedBy().equals(upstream));
    }

    Samples failed() {
        return where(Sample::failed);
    }

    int count() {
        return all.size();
    }

    /** The part of these in others. */
    double share(Samples others) {
        return others.count() == 0 ? 0 : (double) count() / others.count();
    }

    /** The time within which that part of the responses came, in milliseconds; 0 if there are none. */
    double percentile(double part) {
        double[] sorted = all.stream().mapToDouble(Sample::millis).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, (int) (sorted.length * part))];
    }

    double slowest() {
        return percentile(1);
    }

    Map<String, Long> count(Function<Sample, Object> by) {
        return all.stream()
                .collect(Collectors.groupingBy(sample -> String.valueOf(by.apply(sample)), Collectors.counting()));
    }

    /** What was wrong, to be read. */
    List<String> complaints() {
        long first = all.stream().mapToLong(Sample::sent).min().orElse(0);
        return failed().all.stream()
                .map(sample -> String.format(
                        "%s %s at %.0f ms, for %.0f ms: %d %s %s",
                        sample.method(),
                        sample.id(),
                        (sample.sent() - first) / 1e6,
                        sample.millis(),
                        sample.status(),
                        sample.servedBy(),
                        sample.problem() == null ? "" : sample.problem()))
                .toList();
    }

    /** How many were sent within any time of this length, at most. */
    int busiest(long nanos) {
        long[] times = all.stream().mapToLong(Sample::sent).sorted().toArray();
        int most = 0;
        for (int first = 0, last = 0; last < times.length; last++) {
            while (times[last] - times[first] > nanos) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }
}
