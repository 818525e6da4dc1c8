package dev.fanfare;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.fanfare.bench.Bench;
import dev.fanfare.cli.Cli;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** Architecture rules that a compiler does not check. {@code src/docs/architecture.md} shows the layers. */
@AnalyzeClasses(packages = "dev.fanfare", importOptions = ArchitectureTest.WithoutTests.class)
final class ArchitectureTest {

    private static final String ROOT = "dev.fanfare";

    /** Excludes classes from the location of this class, wherever a build puts its tests. */
    static final class WithoutTests implements ImportOption {

        private final String tests = ArchitectureTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();

        @Override
        public boolean includes(Location location) {
            return !location.contains(tests);
        }
    }

    /** From the bottom up; packages of one layer do not depend on each other. */
    private static final List<Set<String>> FLOORS = List.of(
            Set.of("core"),
            Set.of("socket", "config", "operations"),
            Set.of("cluster"),
            Set.of("store"),
            Set.of("broker", "auth", "ops", "guest", "revocation"),
            Set.of("alert", "event", "delivery", "recovery", "limit", "consumer"),
            Set.of("shard"),
            Set.of("server", "client", "api", "bench", "logging"),
            Set.of("cli"),
            Set.of(""));

    /** Packages whose code is confined to one event loop. */
    private static final List<String> SINGLE_THREADED =
            List.of("core", "socket", "delivery", "recovery", "shard", "server", "api");

    private static final Pattern SYNCHRONIZED = Pattern.compile("^(?!\\s*(\\*|//|/\\*)).*\\bsynchronized\\b");

    /** The client for operations repeats names of the core, which it may not depend on. */
    private static final Set<String> MAY_REPEAT = Set.of("dev.fanfare.operations.FanfareClient$Permission");

    @ArchTest
    static final ArchRule dependenciesPointDownwards = classes()
            .should(dependOnlyOnLowerFloors())
            .because("a change then breaks nothing below it, and every floor is tested without those above");

    @ArchTest
    static final ArchRule packagesHaveNoCycles = slices().matching("dev.fanfare.(**)")
            .should()
            .beFreeOfCycles()
            .because("packages in a cycle are one package that nobody can read alone");

    @ArchTest
    static final ArchRule partsOfAShardDoNotKnowIt = noClasses()
            .that()
            .resideInAPackage(ROOT + ".shard..")
            .and()
            .doNotHaveSimpleName("Shard")
            .and()
            .doNotHaveSimpleName("InboundEntry")
            .and()
            .doNotHaveSimpleName("OutboundEntry")
            .should(dependOnClassNamed(ROOT + ".shard.Shard"))
            .because("each part can be read with what it needs: ShardContext, ConnectionHost, or another part");

    @ArchTest
    static final ArchRule framesAndSocketsDoNotKnowTheConnection = noClasses()
            .that()
            .haveFullyQualifiedName(ROOT + ".shard.FrameProcessor")
            .or()
            .haveFullyQualifiedName(ROOT + ".shard.FrameFlow")
            .or()
            .haveFullyQualifiedName(ROOT + ".shard.FrameAnswers")
            .or()
            .haveFullyQualifiedName(ROOT + ".shard.UnansweredEvents")
            .or()
            .haveFullyQualifiedName(ROOT + ".shard.Link")
            .or()
            .haveFullyQualifiedName(ROOT + ".shard.AttachedSocket")
            .should(dependOnClassNamed(ROOT + ".shard.Connection"))
            .because("they see it through FrameProcessor.Owner and Link.User");

    @ArchTest
    static final ArchRule coreIsPureJava = noClasses()
            .that()
            .resideInAPackage("dev.fanfare.core..")
            .should()
            .dependOnClassesThat(not(
                    resideInAnyPackage("java..", "javax.crypto..", "dev.fanfare.core..", "org.jspecify.annotations..")))
            .because("the rules of the domain are tested in milliseconds, without a clock, a network or a framework");

    @ArchTest
    static final ArchRule coreReadsNoClock = noClasses()
            .that()
            .resideInAPackage("dev.fanfare.core..")
            .should()
            .callMethodWhere(are(readingTheClock()))
            .orShould()
            .dependOnClassesThat(resideInAnyPackage("java.net..", "java.nio.file..", "java.util.concurrent.."))
            .because("time is a parameter there, and there is no I/O and no other thread");

    @ArchTest
    static final ArchRule theStateOfTheStoreIsPureJava = noClasses()
            .that()
            .resideInAPackage("dev.fanfare.store.state..")
            .should()
            .callMethodWhere(are(readingTheClock()))
            .orShould()
            .dependOnClassesThat(not(resideInAnyPackage(
                    "java..",
                    "dev.fanfare.core.codec",
                    "dev.fanfare.store",
                    "dev.fanfare.store.state..",
                    "org.jspecify.annotations..")))
            .because("replicas that apply the same commands must come to the same state");

    @ArchTest
    static final ArchRule theTimeOfDayIsInjected = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT, ROOT + ".cli")
            .and()
            .doNotHaveFullyQualifiedName("dev.fanfare.broker.bus.CompatibilityCheck") // compares the clocks of machines
            .and()
            .doNotHaveFullyQualifiedName("dev.fanfare.cluster.Suspicions") // corrects times that JGroups has read
            .and()
            .doNotHaveFullyQualifiedName("dev.fanfare.guest.Guest") // starts a process of its own
            .should()
            .callMethodWhere(are(readingTheTimeOfDay()))
            .because("it may be set at any time: durations are measured with a MonotonicClock");

    @ArchTest
    static final ArchRule onlyTheBrokerKnowsTheEventBus = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.fanfare.broker..",
                    "dev.fanfare.cluster..",
                    "dev.fanfare.store.cluster",
                    "dev.fanfare.guest..",
                    "dev.fanfare.operations..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.vertx.core.eventbus.."))
            .because(
                    "broker and store are the seams of a node to the cluster; guests and their client are not part of it");

    @ArchTest
    static final ArchRule theClientForOperationsKnowsTheTableOfErrorsOnly = noClasses()
            .that()
            .resideInAPackage("dev.fanfare.operations..")
            .should()
            .dependOnClassesThat(not(resideInAnyPackage(
                    "java..",
                    "io.vertx.core..",
                    "dev.fanfare.core",
                    "dev.fanfare.operations..",
                    "org.jspecify.annotations..")))
            .because("others take it into their programs");

    @ArchTest
    static final ArchRule guestsKnowNothingOfNodes = noClasses()
            .that()
            .resideInAnyPackage("dev.fanfare.guest..", "dev.fanfare.cluster..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.fanfare..")
                    .and(not(resideInAnyPackage(
                            "dev.fanfare.guest..",
                            "dev.fanfare.cluster..",
                            "dev.fanfare.operations..",
                            "dev.fanfare.socket",
                            "dev.fanfare.core"))))
            .because("fanfare-client.jar has no room for a broker");

    @ArchTest
    static final ArchRule onlySocketsKnowNetty = noClasses()
            .that()
            .resideOutsideOfPackages("dev.fanfare.socket..", "dev.fanfare.ops..", "dev.fanfare.bench..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.netty.."))
            .because("buffers that are counted by hand stay where they are counted; ops reads the allocator's gauges");

    @ArchTest
    static final ArchRule benchKnowsNothingOfWhatItMeasures = noClasses()
            .that()
            .resideInAPackage("dev.fanfare.bench..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.fanfare..").and(not(resideInAPackage("dev.fanfare.bench.."))))
            .orShould()
            .dependOnClassesThat(resideInAPackage("io.vertx.."))
            .because("a driver that shares the broker's code shares its faults");

    @ArchTest
    static final ArchRule metricsReadTheAllocatorOnly = noClasses()
            .that()
            .resideInAPackage("dev.fanfare.ops..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.netty..").and(not(resideInAPackage("io.netty.buffer.."))))
            .because("ops reads the allocator's gauges and touches no channel");

    @ArchTest
    static final ArchRule internalsOfVertxStayInTwoPlaces = noClasses()
            .that()
            .resideOutsideOfPackages("dev.fanfare.socket..", "dev.fanfare.broker..", "dev.fanfare.cluster..")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("io.vertx.core.impl..", "io.vertx.core.internal..", "io.vertx..impl.."))
            .because("they may change with any release: the upgrade needs the channel, the broker needs contexts");

    @ArchTest
    static final ArchRule onlyMetricsKnowMicrometer = noClasses()
            .that()
            .resideOutsideOfPackage("dev.fanfare.ops..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.micrometer.."))
            .because("everyone else counts in the words of the domain");

    @ArchTest
    static final ArchRule onlyCommandsKnowTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + ".cli", ROOT + ".logging")
            .should()
            .dependOnClassesThat(resideInAnyPackage("picocli..", "ch.qos.logback.."))
            .because("a node can be started by a test or another program, too");

    @ArchTest
    static final ArchRule onlyTheCommandLinePrints = noClasses()
            .that()
            .doNotBelongToAnyOf(Cli.class)
            .should(ACCESS_STANDARD_STREAMS)
            .because("standard output is for what commands answer; everything else is logged");

    @ArchTest
    static final ArchRule logsGoThroughSlf4j = noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.util.logging..", "org.apache.commons.logging.."))
            .because("logs have one configuration");

    @ArchTest
    static final ArchRule onlyTheProcessWaits = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT, ROOT + ".cli")
            .and()
            .doNotHaveFullyQualifiedName(Bench.class.getName())
            .should()
            .callMethodWhere(are(blocking()))
            .because("nothing may block an event loop; only commands and the shutdown hook have threads to wait on");

    @ArchTest
    static final ArchRule nobodySleeps = noClasses()
            .should()
            .callMethodWhere(are(sleeping()))
            .because("what has to happen later is a timer, and what has to be awaited is a condition");

    @ArchTest
    static void packagesAreNullMarked(JavaClasses classes) {
        Set<String> unmarked = Stream.concat(
                        Stream.of(classes.getPackage(ROOT)), classes.getPackage(ROOT).getSubpackagesInTree().stream())
                .filter(each -> !each.getClasses().isEmpty())
                .filter(each -> !each.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .collect(toCollection(TreeSet::new));
        assertEquals(Set.of(), unmarked, "packages without @NullMarked in package-info.java are not checked for null");
    }

    /** ArchUnit does not see synchronized blocks, so this searches the source. */
    @ArchTest
    static void whatOneThreadOwnsTakesNoLocks(JavaClasses classes) {
        Set<String> locking = SINGLE_THREADED.stream()
                .flatMap(each -> sources(Path.of("src/main/java/dev/fanfare", each)))
                .filter(ArchitectureTest::locks)
                .map(Path::toString)
                .collect(toCollection(TreeSet::new));
        assertEquals(Set.of(), locking, "a lock in what an event loop owns hides that another thread comes in");
    }

    @ArchTest
    static void classNamesAreUnique(JavaClasses classes) {
        Set<String> names = new HashSet<>();
        Set<String> repeated = classes.stream()
                .filter(each ->
                        !each.getSimpleName().isEmpty() && !each.getSimpleName().equals("package-info"))
                .filter(each -> !MAY_REPEAT.contains(each.getName()))
                .map(JavaClass::getSimpleName)
                .filter(name -> !names.add(name))
                .collect(toCollection(TreeSet::new));
        assertEquals(
                Set.of(), repeated, "two classes of one name, nested ones included, are confused with one another");
    }

    private static Stream<Path> sources(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean locks(Path source) {
        try (Stream<String> lines = Files.lines(source)) {
            return lines.anyMatch(line -> SYNCHRONIZED.matcher(line).find());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DescribedPredicate<JavaAccess<?>> readingTheClock() {
        return DescribedPredicate.describe(
                "readings of a clock",
                access -> calls(access, System.class, Set.of("nanoTime")) || readsTheTimeOfDay(access));
    }

    private static DescribedPredicate<JavaAccess<?>> readingTheTimeOfDay() {
        return DescribedPredicate.describe("readings of the time of day", ArchitectureTest::readsTheTimeOfDay);
    }

    private static boolean readsTheTimeOfDay(JavaAccess<?> access) {
        return calls(access, System.class, Set.of("currentTimeMillis"))
                || calls(access, Clock.class, Set.of("systemUTC", "systemDefaultZone"))
                || calls(access, InstantSource.class, Set.of("system"))
                || calls(access, Instant.class, Set.of("now"));
    }

    private static DescribedPredicate<JavaAccess<?>> sleeping() {
        return DescribedPredicate.describe(
                "sleeps",
                access ->
                        calls(access, Thread.class, Set.of("sleep")) || calls(access, TimeUnit.class, Set.of("sleep")));
    }

    private static DescribedPredicate<JavaAccess<?>> blocking() {
        return DescribedPredicate.describe(
                "waits for another thread",
                access -> calls(access, Future.class, Set.of("get"))
                        || calls(access, CompletableFuture.class, Set.of("get", "join"))
                        || calls(access, CountDownLatch.class, Set.of("await"))
                        || calls(access, Semaphore.class, Set.of("acquire"))
                        || calls(access, Thread.class, Set.of("join"))
                        || calls(access, io.vertx.core.Future.class, Set.of("await")));
    }

    private static boolean calls(JavaAccess<?> access, Class<?> owner, Set<String> methods) {
        return methods.contains(access.getTarget().getName())
                && access.getTarget().getOwner().isAssignableTo(owner);
    }

    private static ArchCondition<JavaClass> dependOnClassNamed(String name) {
        return new ArchCondition<>("depend on " + name) {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                    boolean satisfied = dependency.getTargetClass().getName().equals(name)
                            && !origin.getName().startsWith(name + "$");
                    if (satisfied) {
                        events.add(SimpleConditionEvent.satisfied(origin, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> dependOnlyOnLowerFloors() {
        return new ArchCondition<>("depend on their own package and on lower floors only") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                int floor = floor(origin);
                if (floor < 0) {
                    events.add(SimpleConditionEvent.violated(origin, origin.getName() + " is on no floor"));
                    return;
                }
                for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass();
                    boolean ours = target.getPackageName().equals(ROOT)
                            || target.getPackageName().startsWith(ROOT + ".");
                    if (ours && !room(target).equals(room(origin)) && floor(target) >= floor) {
                        events.add(SimpleConditionEvent.violated(origin, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static int floor(JavaClass type) {
        for (int i = 0; i < FLOORS.size(); i++) {
            if (FLOORS.get(i).contains(room(type))) {
                return i;
            }
        }
        return -1;
    }

    /** The first name after {@code dev.fanfare}; empty for the package itself. */
    private static String room(JavaClass type) {
        String rest = type.getPackageName().substring(ROOT.length());
        return rest.isEmpty() ? "" : rest.substring(1).split("\\.", 2)[0];
    }
}
