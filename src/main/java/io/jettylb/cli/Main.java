package io.jettylb.cli;

import io.jettylb.balance.Strategies;
import io.jettylb.config.ConfigException;
import io.jettylb.config.Finding;
import io.jettylb.config.LbConfig;
import io.jettylb.config.StrategyCatalog;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** The entry point of the command line. */
public final class Main {

    /** All is well. */
    public static final int OK = 0;
    /** The configuration is right, but something around it should be changed. */
    public static final int WARNINGS = 1;
    /** The command line is wrong ({@code EX_USAGE}). */
    public static final int USAGE = 64;
    /** What the command needs is not there ({@code EX_UNAVAILABLE}). */
    public static final int UNAVAILABLE = 69;
    /** The configuration is wrong ({@code EX_CONFIG}). */
    public static final int CONFIG = 78;

    private static final String HELP = """
            Usage: java -jar jetty-lb-VERSION.jar COMMAND

              check FILE                    tells whether a configuration is right, without starting anything
              check --server [BASE [HOME]]  checks the configuration of a jetty base (default: this folder), and what
                                            its files say about the server around it; HOME is the jetty home (default:
                                            $JETTY_HOME), needed for Jetty's version and modules
              simulate FILE [OPTION]…       compares strategies for a pool of a configuration, in virtual time;
                                            simulate --help shows its options
              --version                     shows the version
              --help                        shows this

            Exit codes: 0 all is well, 1 there are warnings, 64 wrong usage, 69 something is missing,
                        78 wrong configuration
            """;

    private final Supplier<? extends StrategyCatalog> strategies;
    private final String jettyHome;
    private final PrintStream out;
    private final PrintStream err;

    Main(Supplier<? extends StrategyCatalog> strategies, String jettyHome, PrintStream out, PrintStream err) {
        this.strategies = strategies;
        this.jettyHome = jettyHome;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param args the command and its arguments
     */
    public static void main(String[] args) {
        // The platform's charset may lack what messages contain.
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(args, out, err));
    }

    /**
     * Runs a command.
     *
     * @param args the command and its arguments
     * @param out for results
     * @param err for problems
     * @return the exit code
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        if (args.length > 0 && args[0].equals("check") && !Tools.inside() && Tools.hasStrategies()) {
            try {
                return Tools.run(List.of(args), out, err);
            } catch (IOException e) {
                err.println("lib/lb/ext is unreadable: " + e.getMessage());
                return USAGE;
            }
        }
        return new Main(Strategies::installed, System.getenv("JETTY_HOME"), out, err).run(List.of(args));
    }

    int run(List<String> args) {
        String command = args.isEmpty() ? "" : args.get(0);
        if (command.equals("check")
                && args.size() >= 2
                && args.size() <= 4
                && args.get(1).equals("--server")) {
            return checkServer(args.subList(2, args.size()));
        }
        if (command.equals("check") && args.size() == 2) {
            return check(args.get(1));
        }
        if (command.equals("simulate")) {
            return new Simulate(out, err).run(args.subList(1, args.size()));
        }
        if (command.equals("--version") && args.size() == 1) {
            out.println("jetty-lb " + version());
            return OK;
        }
        if (command.equals("--help") && args.size() == 1) {
            out.print(HELP);
            return OK;
        }
        err.print(HELP);
        return USAGE;
    }

    private int checkServer(List<String> places) {
        try {
            String base = places.isEmpty() ? "" : places.get(0);
            String home = places.size() > 1 ? places.get(1) : jettyHome;
            ServerFiles server = new ServerFiles(Path.of(base), home == null ? null : Path.of(home));
            if (!server.balances()) {
                err.println((base.isEmpty() ? "this folder" : base) + ": no jetty base with the module lb");
                return USAGE;
            }
            LbConfig config = load(server.configuration().toString());
            boolean proxiesListed = !config.forwarded().trustedProxies().isEmpty();
            List<Finding> findings =
                    config.pools().isEmpty() ? List.of() : server.surroundings().findings(proxiesListed);
            findings.forEach(finding -> err.println("warning: " + finding));
            String version = server.jettyVersion();
            out.println(
                    version == null
                            ? "server: Jetty's version and modules were not checked, the jetty home is not known"
                            : "server: Jetty " + version + ", " + count(findings.size(), "warning"));
            return findings.isEmpty() ? OK : WARNINGS;
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            return CONFIG;
        } catch (InvalidPathException e) {
            err.println("not a path: " + e.getReason());
            return USAGE;
        } catch (IOException e) {
            err.println("unreadable: " + e.getMessage());
            return USAGE;
        }
    }

    private int check(String file) {
        try {
            load(file);
            return OK;
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            return CONFIG;
        } catch (InvalidPathException e) {
            err.println("not a path: " + e.getReason());
            return USAGE;
        }
    }

    /** Reads a configuration and says what is in it. */
    private LbConfig load(String file) throws ConfigException {
        LbConfig config = LbConfig.load(Path.of(file), strategies.get());
        int upstreams = config.pools().values().stream()
                .mapToInt(pool -> pool.upstreams().size())
                .sum();
        out.println(file + ": ok, " + count(config.mounts().size(), "mount") + ", "
                + count(config.pools().size(), "pool") + ", " + count(upstreams, "upstream"));
        return config;
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }
}
