package io.jettylb;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import io.jettylb.balance.StrategyProvider;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The architecture of the design page, §3. Each rule is also tried on the package {@code crooked} among the tests,
 * which breaks them all: a rule that notices nothing there is not worth having.
 */
class ArchitectureTest {

    private static final String ROOT = "io.jettylb";
    private static final String CROOKED = "io.jettylb.crooked";

    /** The only class that may name the system's clock, randomness and threads; all others are given them. */
    private static final String COMPOSITION_ROOT = "io.jettylb.proxy.LoadBalancer";

    private static final List<String> JDK = List.of("java..", "javax..");
    private static final String HOCON = "com.typesafe.config..";
    private static final String HASH4J = "com.dynatrace.hash4j..";
    private static final String CONCURRENCY_LIMITS = "com.netflix.concurrency.limits..";
    private static final String SLF4J = "org.slf4j..";
    private static final List<String> JETTY = List.of(
            "org.eclipse.jetty.util..",
            "org.eclipse.jetty.http..",
            "org.eclipse.jetty.io..",
            "org.eclipse.jetty.server..");
    private static final String JETTY_CLIENT = "org.eclipse.jetty.client..";
    /** Optional at run time: see the test of its one user. */
    private static final String JETTY_HTTP2 = "org.eclipse.jetty.http2..";

    /** Optional at run time as well. */
    private static final List<String> PLOTTING = List.of("org.knowm.xchart..", "org.apache.batik..");

    /** The table of the design: each package with what it may import beside itself and the JDK. */
    private static final Map<String, Layer> LAYERS = layers();

    private record Layer(List<String> own, List<String> libraries) {
        List<String> imports(String root, String self) {
            List<String> packages = new ArrayList<>(JDK);
            packages.addAll(libraries);
            packages.add(root + "." + self + "..");
            own.forEach(name -> packages.add(root + "." + name + ".."));
            return packages;
        }
    }

    private static Map<String, Layer> layers() {
        List<String> belowProxy = List.of("config", "balance", "health", "route", "pool");
        List<String> upToProxy = with(belowProxy, "proxy");
        List<String> jettyAndLog = with(JETTY, SLF4J);
        Map<String, Layer> layers = new LinkedHashMap<>();
        layers.put("config", new Layer(List.of(), List.of(HOCON)));
        layers.put("balance", new Layer(List.of("config"), List.of(HASH4J)));
        layers.put("health", new Layer(List.of("config"), List.of()));
        layers.put("route", new Layer(List.of("config"), List.of()));
        layers.put("pool", new Layer(List.of("config", "balance", "health"), List.of(SLF4J, CONCURRENCY_LIMITS)));
        layers.put("proxy", new Layer(belowProxy, with(with(jettyAndLog, JETTY_CLIENT), JETTY_HTTP2)));
        layers.put("handler", new Layer(upToProxy, with(jettyAndLog, JETTY_CLIENT)));
        layers.put("servlet", new Layer(upToProxy, List.of("org.eclipse.jetty..", "jakarta.servlet..", SLF4J)));
        layers.put("admin", new Layer(with(upToProxy, "handler"), jettyAndLog));
        layers.put("sim", new Layer(List.of("config", "balance", "health", "pool"), with(PLOTTING, "org.w3c.dom..")));
        layers.put("cli", new Layer(with(belowProxy, "sim"), List.of()));
        return layers;
    }

    private static List<String> with(List<String> names, String another) {
        List<String> all = new ArrayList<>(names);
        all.add(another);
        return List.copyOf(all);
    }

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);
    private static final JavaClasses CROOKED_ONES = new ClassFileImporter().importPackages(CROOKED);

    @Test
    void everyClassBelongsToAPackageOfTheTable() {
        classes()
                .should()
                .resideInAnyPackage(LAYERS.keySet().stream()
                        .map(name -> ROOT + "." + name + "..")
                        .toArray(String[]::new))
                .check(MAIN);
    }

    @Test
    void importsPointOnlyDownwards() {
        LAYERS.keySet().forEach(name -> layering(ROOT, name).check(MAIN));
        assertThat(violations(layering(CROOKED, "balance")))
                .contains("CrookedPool", "org.slf4j.Logger", "org.eclipse.jetty.util.NanoTime");
        assertThat(layering(CROOKED, "pool").evaluate(CROOKED_ONES).hasViolation())
                .as("a pool may use a strategy")
                .isFalse();
    }

    private static ArchRule layering(String root, String name) {
        String[] allowed = LAYERS.get(name).imports(root, name).toArray(String[]::new);
        DescribedPredicate<JavaClass> inAllowed = resideInAnyPackage(allowed);
        return classes()
                .that()
                .resideInAPackage(root + "." + name + "..")
                .should()
                .onlyDependOnClassesThat(DescribedPredicate.describe(
                        "reside in " + String.join(", ", allowed),
                        type -> type.getBaseComponentType().isPrimitive()
                                || inAllowed.test(type.getBaseComponentType())))
                // Not all packages of the table exist yet.
                .allowEmptyShould(true);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(MAIN);
        assertThat(violations(slices().matching(CROOKED + ".(*)..").should().beFreeOfCycles()))
                .contains("Slice balance", "Slice pool");
    }

    /** Follows from the table, too, but these are the ones that break a server: so they are said on their own. */
    @Test
    void librariesStayWhereTheyBelong() {
        only("com.typesafe..", "config").check(MAIN);
        only(HASH4J, "balance").check(MAIN);
        only(CONCURRENCY_LIMITS, "pool").check(MAIN);
        only("jakarta.servlet..", "servlet").check(MAIN);
        only("org.eclipse.jetty.ee10..", "servlet").check(MAIN);
        only("org.eclipse.jetty..", "proxy", "handler", "servlet", "admin").check(MAIN);
        only("org.slf4j..", "pool", "proxy", "handler", "servlet", "admin").check(MAIN);
        assertThat(violations(only("org.eclipse.jetty..", "proxy"))).contains("NanoTime");
    }

    /** Without module lb-http2 its libraries are missing, and nothing may notice. */
    @Test
    void onlyTheConnectionsNeedHttp2() {
        noClasses()
                .that()
                .haveNameNotMatching("io\\.jettylb\\.proxy\\.(Http2Connections|EarlyEnds|Http2Sessions)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(JETTY_HTTP2)
                .check(MAIN);
    }

    /** The server has no plotting libraries, and whoever wants tables only needs none either. */
    @Test
    void onlyThePlotNeedsPlottingLibraries() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ROOT + ".sim.Plot")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PLOTTING.toArray(String[]::new))
                .check(MAIN);
    }

    /** They are not on the server's class path, and a server needs no simulator. */
    @Test
    void onlyTheCommandLineSimulates() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + ".sim..", ROOT + ".cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".sim..")
                .check(MAIN);
    }

    private static ArchRule only(String library, String... packages) {
        String[] places = new String[packages.length];
        for (int i = 0; i < packages.length; i++) {
            places[i] = ROOT + "." + packages[i] + "..";
        }
        return noClasses()
                .that()
                .resideOutsideOfPackages(places)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    @Test
    void timeRandomnessAndThreadsAreGiven() {
        ArchRule rule = noClasses()
                .that(DescribedPredicate.describe("are not the composition root", type -> !isCompositionRoot(type)))
                .should()
                .accessTargetWhere(DescribedPredicate.describe(
                        "the system's time, randomness or threads are reached for",
                        ArchitectureTest::reachesForTheSystem));
        rule.check(MAIN);
        assertThat(violations(rule))
                .contains(
                        "System.nanoTime()",
                        "System.currentTimeMillis()",
                        "NanoTime.now()",
                        "NanoTime.since(long)",
                        "Thread.sleep(long)",
                        "TimeUnit.sleep(long)",
                        "Instant.now()",
                        "Clock.systemUTC()",
                        "Math.random()",
                        "Random.<init>()",
                        "ThreadLocalRandom.current()",
                        "Thread.<init>(java.lang.Runnable)",
                        "Executors.newCachedThreadPool()");
        assertThat(violations(rule)).doesNotContain("allowed(");
    }

    private static boolean isCompositionRoot(JavaClass type) {
        return type.getName().equals(COMPOSITION_ROOT) || type.getName().startsWith(COMPOSITION_ROOT + "$");
    }

    private static boolean reachesForTheSystem(JavaAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        String name = access.getName();
        // Calls and method references alike; fields are no matter here.
        if (!(access.getTarget() instanceof CodeUnitAccessTarget target)) {
            return false;
        }
        if (owner.startsWith("java.time.")) {
            return (name.equals("now")
                            && target.getRawParameterTypes().stream()
                                    .noneMatch(type -> type.isEquivalentTo(Clock.class)))
                    || (owner.equals(Clock.class.getName()) && (name.startsWith("system") || name.startsWith("tick")));
        }
        return switch (owner) {
            case "java.lang.System" -> name.equals("nanoTime") || name.equals("currentTimeMillis");
            case "java.lang.Math", "java.lang.StrictMath" -> name.equals("random");
            case "java.lang.Thread" ->
                List.of("sleep", "<init>", "startVirtualThread", "ofVirtual", "ofPlatform")
                        .contains(name);
            case "java.util.concurrent.TimeUnit" -> name.equals("sleep");
            case "java.util.concurrent.ThreadLocalRandom" -> name.equals("current");
            case "java.util.concurrent.Executors", "java.util.Timer" -> true;
            case "java.util.Random", "java.util.SplittableRandom", "java.util.Date" ->
                name.equals("<init>") && target.getRawParameterTypes().isEmpty();
            case "java.util.random.RandomGenerator" -> name.equals("getDefault") || name.equals("of");
            case "org.eclipse.jetty.util.NanoTime" -> Pattern.matches("now|(.*[sS]ince)|(.*[uU]ntil)", name);
            default -> false;
        };
    }

    @Test
    void namesSayWhatAClassIs() {
        ArchRule rule = noClasses().should(haveNameLike("(Abstract|Base)[A-Z].*|.*(Impl|Utils?|Helper|Manager)"));
        rule.check(MAIN);
        assertThat(violations(rule)).contains("CrookedUtil").doesNotContain("CrookedPool>");
    }

    private static ArchCondition<JavaClass> haveNameLike(String regex) {
        return ArchConditions.have(DescribedPredicate.describe(
                "a simple name like " + regex, type -> Pattern.matches(regex, type.getSimpleName())));
    }

    @Test
    void nothingStaticChanges() {
        ArchRule rule = fields().that().areStatic().should().beFinal().allowEmptyShould(true);
        rule.check(MAIN);
        assertThat(violations(rule)).contains("CrookedUtil.count");
    }

    @Test
    void onlyTheCommandLinePrintsAndNobodyUsesJavaLogging() {
        ArchRule printing = noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".cli..")
                .and()
                // Ends the process in readable words when the configuration is bad, before there is a log to read.
                .doNotHaveFullyQualifiedName(ROOT + ".proxy.LoadBalancerModule")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .allowEmptyShould(true);
        ArchRule logging = noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging..");
        printing.check(MAIN);
        logging.check(MAIN);
        assertThat(violations(printing)).contains("System.out");
        assertThat(violations(logging)).contains("java.util.logging.Logger");
    }

    @Test
    void aStrategysNameIsThatOfItsClass() {
        List<String> names = new ArrayList<>();
        for (StrategyProvider provider :
                ServiceLoader.load(StrategyProvider.class, StrategyProvider.class.getClassLoader())) {
            assertThat(provider.name()).isEqualTo(kebabCase(provider.getClass().getSimpleName()));
            names.add(provider.name());
        }
        assertThat(names).contains("round-robin", "least-request").doesNotHaveDuplicates();
    }

    private static String kebabCase(String className) {
        return className.replaceAll("(?<!^)(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    private String violations(ArchRule rule) {
        return String.join("\n", rule.evaluate(CROOKED_ONES).getFailureReport().getDetails());
    }
}
