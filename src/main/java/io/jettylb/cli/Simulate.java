package io.jettylb.cli;

import io.jettylb.balance.Strategies;
import io.jettylb.config.ConfigException;
import io.jettylb.config.LbConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.sim.Plot;
import io.jettylb.sim.Result;
import io.jettylb.sim.Scenario;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Compares strategies for one of the user's pools, in virtual time: see {@link io.jettylb.sim}. */
final class Simulate {

    private static final String SLF4J = "org.slf4j.LoggerFactory";
    private static final String XCHART = "org.knowm.xchart.XYChart";
    private static final String BATIK = "org.apache.batik.svggen.SVGGraphics2D";

    private static final String HELP = """
            Usage: java -jar jetty-lb-VERSION.jar simulate FILE [OPTION]…

            Compares strategies for a pool of a configuration, in virtual time: the pool and the strategies are the real
            ones; the requests and the upstreams are made up. Nothing is sent to anybody.

              --pool NAME          the pool; may be left out if there is only one
              --scenario A,B,…     what happens to the upstreams (default: steady), or all; see --list
              --strategies A,B,…   what to compare (default: all that are installed); with options: power-of-two:choices=3
              --upstreams N,M,…    how many upstreams, 1..10000 (default: as in the file)
              --balancers N        how many balancers share them, 1..100 (default: 1; 20 in many-balancers)
              --load PART          requests, as part of what the upstreams can serve (default: 0.6)
              --rate N             requests in a second, in place of --load
              --duration TIME      how long requests come (default: 60s, or less for at most 500,000 requests)
              --mean TIME          how long an upstream works on a request (default: 20ms)
              --service KIND       how these times differ: constant, exponential, lognormal, pareto (default: exponential)
              --concurrency N      how many requests an upstream works on at once, at mean weight (default: 8)
              --seed N             another number, another game of chance (default: 1)
              --plot FILE          draws the latencies of one experiment: FILE.svg or FILE.png
              --csv                comma-separated values in place of tables
              --list               shows scenarios and strategies
              --help               shows this

            One experiment is shown in full, several ones by their 99th percentile and their errors. Latencies are those of
            successful requests; worst share 1.5 means that an upstream got half as much again as its weight says.
            """;

    private final PrintStream out;
    private final PrintStream err;

    Simulate(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** Runs the command, in the class loader with the tools if this one lacks them; answers the exit code. */
    int run(List<String> args) {
        if (args.contains("--help")) {
            out.print(HELP);
            return Main.OK;
        }
        try {
            if (!Tools.present(SLF4J) && !Tools.inside() && Tools.folder() != null) {
                List<String> command = new ArrayList<>(List.of("simulate"));
                command.addAll(args);
                return Tools.run(command, out, err);
            }
            return runHere(args);
        } catch (IOException e) {
            err.println("simulate: " + e);
            return Main.UNAVAILABLE;
        } catch (OutOfMemoryError e) {
            err.println("simulate: not enough memory (expected: java -Xmx8g or so, a shorter duration or lower rate,"
                    + " fewer upstreams, or fewer balancers)");
            return Main.UNAVAILABLE;
        }
    }

    private int runHere(List<String> args) throws IOException {
        try {
            Strategies strategies = Strategies.installed();
            strategies.warnings().forEach(err::println);
            if (args.contains("--list")) {
                list(strategies);
                return Main.OK;
            }
            SimulateOptions options = SimulateOptions.parse(args);
            PoolConfig pool = pool(options, LbConfig.load(Path.of(options.file), strategies));
            Map<String, StrategyConfig> compared = compared(options, pool, strategies);
            String missing = missing(options);
            if (missing == null && options.plot != null) {
                missing = unwritable(options.plot);
            }
            if (missing != null) {
                err.println("simulate: " + missing);
                return Main.UNAVAILABLE;
            }
            if (Tools.inside()) {
                // The pool's log is of no interest, nor that nobody writes it.
                System.setProperty("slf4j.internal.verbosity", "ERROR");
            }
            List<Result> drawn = new Comparison(options, pool, strategies, compared, out).run();
            return options.plot == null ? Main.OK : draw(options, pool, drawn);
        } catch (UsageException e) {
            err.println("simulate: " + e.getMessage());
            return Main.USAGE;
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            return Main.CONFIG;
        } catch (InvalidPathException e) {
            err.println("simulate: not a path: " + e.getReason());
            return Main.USAGE;
        }
    }

    private int draw(SimulateOptions options, PoolConfig pool, List<Result> results) throws IOException {
        System.setProperty("java.awt.headless", "true");
        String title = "pool " + pool.name() + ", " + options.scenarios.get(0).label();
        try {
            new Plot(title, results).write(options.plot);
        } catch (RuntimeException | LinkageError | InternalError e) {
            // What Java says where the machine has no fonts.
            err.println("simulate: no plot: " + e);
            return Main.UNAVAILABLE;
        }
        if (options.csv) {
            // Out of the way of who reads the values.
            err.println("plot: " + options.plot);
        } else {
            out.println();
            out.println("plot: " + options.plot);
        }
        return Main.OK;
    }

    private void list(Strategies strategies) {
        out.println("scenarios (\"some\" is one in ten, and at least one):");
        for (Scenario scenario : Scenario.values()) {
            out.println(String.format(Locale.ROOT, "  %-16s %s", scenario.label(), scenario.description()));
        }
        out.println("strategies: " + String.join(", ", strategies.names()));
    }

    /** A sentence about what is needed and not there; null if nothing is. */
    private static String missing(SimulateOptions options) {
        Map<String, String> needed = options.plot == null
                ? Map.of(SLF4J, "slf4j-api")
                : options.plot.toString().endsWith(".svg")
                        ? Map.of(SLF4J, "slf4j-api", XCHART, "xchart", BATIK, "batik-svggen")
                        : Map.of(SLF4J, "slf4j-api", XCHART, "xchart");
        Set<String> missing = new TreeSet<>();
        needed.forEach((className, jar) -> {
            if (!Tools.present(className)) {
                missing.add(jar);
            }
        });
        String where =
                Tools.folder() == null ? "the class path" : Tools.folder().toString();
        return missing.isEmpty()
                ? null
                : String.join(", ", missing) + ": missing (expected: in " + where + ", from the module's zip)";
    }

    /** Told before the simulation and not after it: what keeps the plot from being written; null if nothing does. */
    private static String unwritable(Path plot) throws UsageException {
        if (Files.isDirectory(plot)) {
            throw UsageException.of("--plot", plot.toString(), "a file, not a folder");
        }
        Path folder = plot.toAbsolutePath().getParent();
        boolean writable =
                Files.exists(plot) ? Files.isWritable(plot) : Files.isDirectory(folder) && Files.isWritable(folder);
        return writable ? null : "--plot: " + plot + " (expected: a file that can be written, in a folder that exists)";
    }

    private static PoolConfig pool(SimulateOptions options, LbConfig config) throws UsageException {
        Map<String, PoolConfig> pools = config.pools();
        String names = pools.isEmpty() ? "a file with a pool" : String.join(", ", pools.keySet());
        if (options.pool == null) {
            if (pools.size() != 1) {
                throw UsageException.of("--pool", "nothing", names);
            }
            return pools.values().iterator().next();
        }
        if (!pools.containsKey(options.pool)) {
            throw UsageException.of("--pool", options.pool, names);
        }
        return pools.get(options.pool);
    }

    /**
     * What to compare, by what it is called in the tables. The pool's own strategy keeps its options; all others go with
     * what they do by default, or with what stands behind their names: {@code power-of-two:choices=3}.
     */
    private Map<String, StrategyConfig> compared(SimulateOptions options, PoolConfig pool, Strategies strategies)
            throws UsageException {
        StrategyConfig own = pool.strategy();
        Set<String> names = new TreeSet<>(strategies.names());
        names.add(own.name());
        Map<String, StrategyConfig> compared = new LinkedHashMap<>();
        for (String label : options.strategies.isEmpty() ? names : options.strategies) {
            StrategyConfig strategy = label.equals(own.name()) ? own : strategy(label);
            Set<String> known = strategies
                    .optionNames(strategy.name())
                    .orElseThrow(() -> UsageException.of("--strategies", label, String.join(", ", names)));
            if (!known.containsAll(strategy.options().keySet())) {
                throw UsageException.of("--strategies", label, "options: " + String.join(", ", new TreeSet<>(known)));
            }
            Optional<String> problem = strategies.problem(strategy);
            if (problem.isPresent() && options.strategies.isEmpty()) {
                err.println("simulate: " + label + " is left out, it needs options: " + problem.get());
            } else if (problem.isPresent()) {
                throw new UsageException("--strategies: " + label + ": " + problem.get());
            } else {
                compared.put(label, strategy);
            }
        }
        return compared;
    }

    /** A part without {@code =} belongs to the value before it: {@code ring-hash:key=cookie:user}. */
    private static StrategyConfig strategy(String label) throws UsageException {
        String[] parts = label.split(":", -1);
        Map<String, Object> options = new LinkedHashMap<>();
        String latest = null;
        for (String part : List.of(parts).subList(1, parts.length)) {
            String[] option = part.split("=", 2);
            if (option.length == 2) {
                latest = option[0];
                options.put(latest, option[1]);
            } else if (latest != null) {
                options.put(latest, options.get(latest) + ":" + part);
            } else {
                throw malformed(label);
            }
        }
        if (parts[0].isEmpty()) {
            throw malformed(label);
        }
        return new StrategyConfig(parts[0], options);
    }

    private static UsageException malformed(String label) {
        return UsageException.of("--strategies", label, "NAME or NAME:OPTION=VALUE");
    }
}
