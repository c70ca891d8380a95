package io.jettylb.cli;

import io.jettylb.sim.Scenario;
import io.jettylb.sim.ServiceTime;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The arguments of {@code simulate}; what was not given is null, empty or 0 where it depends on the rest. */
final class SimulateOptions {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(us|ms|s|m|h)");
    private static final Map<String, Double> UNITS = Map.of("us", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);
    private static final double MAX_RATE = 1e9;
    private static final int MAX_BALANCERS = 100;
    private static final int MAX_UPSTREAMS = 10_000;
    private static final int MAX_CONCURRENCY = 100_000;

    String file;
    String pool;
    List<Scenario> scenarios = List.of(Scenario.STEADY);
    List<String> strategies = List.of();
    List<Integer> upstreams = List.of();
    int balancers;
    double rate;
    double load = 0.6;
    Duration duration;
    ServiceTime service = ServiceTime.EXPONENTIAL;
    Duration mean = Duration.ofMillis(20);
    int concurrency = 8;
    long seed = 1;
    Path plot;
    boolean csv;

    /** Reads what follows {@code simulate}. */
    static SimulateOptions parse(List<String> args) throws UsageException {
        SimulateOptions options = new SimulateOptions();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (!arg.startsWith("--")) {
                if (options.file != null) {
                    throw new UsageException(arg + ": a second file (expected: one)");
                }
                options.file = arg;
            } else if (arg.equals("--csv")) {
                options.csv = true;
            } else {
                // Unknown ones first: what follows them is no value to complain of.
                options.checkName(arg);
                if (++i == args.size()) {
                    throw new UsageException(arg + ": nothing (expected: a value)");
                }
                options.set(arg, args.get(i));
            }
        }
        if (options.file == null) {
            throw new UsageException("FILE: nothing (expected: a configuration, for instance etc/lb.conf)");
        }
        options.checkPlot();
        return options;
    }

    private void checkName(String option) throws UsageException {
        List<String> known = List.of(
                "--pool",
                "--scenario",
                "--strategies",
                "--upstreams",
                "--balancers",
                "--rate",
                "--load",
                "--duration",
                "--service",
                "--mean",
                "--concurrency",
                "--seed",
                "--plot");
        if (!known.contains(option)) {
            throw new UsageException(
                    option + ": unknown option (expected: " + String.join(", ", known) + ", --csv, --list, --help)");
        }
    }

    private void set(String option, String value) throws UsageException {
        switch (option) {
            case "--pool" -> pool = value;
            case "--scenario" -> scenarios = scenarios(value);
            case "--strategies" -> strategies = words(option, value);
            case "--upstreams" -> upstreams = sizes(option, value);
            case "--balancers" -> balancers = integer(option, value, MAX_BALANCERS);
            case "--rate" -> rate = positive(option, value, MAX_RATE, "requests in a second, more than 0");
            case "--load" -> load = positive(option, value, 10, "part of the capacity, more than 0, up to 10");
            case "--duration" -> duration = duration(option, value);
            case "--service" -> service = service(value);
            case "--mean" -> mean = duration(option, value);
            case "--concurrency" -> concurrency = integer(option, value, MAX_CONCURRENCY);
            case "--seed" -> seed = seed(value);
            default -> plot = file(option, value);
        }
    }

    private void checkPlot() throws UsageException {
        if (plot != null && (scenarios.size() > 1 || upstreams.size() > 1)) {
            throw new UsageException("--plot: several experiments (expected: one scenario, one number of upstreams)");
        }
    }

    private static List<Scenario> scenarios(String value) throws UsageException {
        if (value.equals("all")) {
            return List.of(Scenario.values());
        }
        List<Scenario> found = new ArrayList<>();
        for (String word : words("--scenario", value)) {
            found.add(Scenario.of(word).orElseThrow(() -> UsageException.of("--scenario", word, "all, " + labels())));
        }
        return List.copyOf(found);
    }

    private static String labels() {
        return Arrays.stream(Scenario.values()).map(Scenario::label).collect(Collectors.joining(", "));
    }

    private static ServiceTime service(String value) throws UsageException {
        for (ServiceTime service : ServiceTime.values()) {
            if (service.label().equals(value)) {
                return service;
            }
        }
        String known =
                Arrays.stream(ServiceTime.values()).map(ServiceTime::label).collect(Collectors.joining(", "));
        throw UsageException.of("--service", value, known);
    }

    private static List<String> words(String option, String value) throws UsageException {
        List<String> words = Arrays.stream(value.split(",", -1))
                .map(String::strip)
                .distinct()
                .toList();
        if (words.contains("")) {
            throw UsageException.of(option, value, "names, with a comma between them");
        }
        return words;
    }

    private static List<Integer> sizes(String option, String value) throws UsageException {
        List<Integer> sizes = new ArrayList<>();
        for (String word : words(option, value)) {
            sizes.add(integer(option, word, MAX_UPSTREAMS));
        }
        return List.copyOf(sizes);
    }

    private static int integer(String option, String value, int max) throws UsageException {
        int number = value.matches("\\d{1,9}") ? Integer.parseInt(value) : 0;
        if (number < 1 || number > max) {
            throw UsageException.of(option, value, "1.." + max);
        }
        return number;
    }

    private static double positive(String option, String value, double max, String expected) throws UsageException {
        double number = value.matches("\\d{1,12}(\\.\\d{1,12})?") ? Double.parseDouble(value) : 0;
        if (number <= 0 || number > max) {
            throw UsageException.of(option, value, expected);
        }
        return number;
    }

    private static long seed(String value) throws UsageException {
        if (!value.matches("-?\\d{1,18}")) {
            throw UsageException.of("--seed", value, "an integer");
        }
        return Long.parseLong(value);
    }

    private static Duration duration(String option, String value) throws UsageException {
        Matcher matcher = DURATION.matcher(value.toLowerCase(Locale.ROOT));
        double nanos = matcher.matches() ? Double.parseDouble(matcher.group(1)) * UNITS.get(matcher.group(2)) : 0;
        if (nanos < 1e3 || nanos > 1e15) {
            throw UsageException.of(option, value, "a time with its unit, for instance 500ms or 60s");
        }
        return Duration.ofNanos((long) nanos);
    }

    private static Path file(String option, String value) throws UsageException {
        try {
            Path file = Path.of(value);
            if (value.endsWith(".svg") || value.endsWith(".png")) {
                return file;
            }
        } catch (InvalidPathException e) {
            throw UsageException.of(option, value, "a path, not: " + e.getReason());
        }
        throw UsageException.of(option, value, "a file that ends in .svg or .png");
    }
}
