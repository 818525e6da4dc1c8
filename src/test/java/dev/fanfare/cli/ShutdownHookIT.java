package dev.fanfare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.JavaProcess;
import dev.fanfare.config.Config;
import dev.fanfare.config.LiveConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What happens to a process that is terminated, seen from outside. */
class ShutdownHookIT {

    @Test
    void aCleanStopExitsWithZeroAfterTheNodeStopped() throws Exception {
        try (JavaProcess process = serve("clean")) {
            assertEquals("serving", process.line());
            process.terminate();

            assertEquals("stopped", process.line());
            assertEquals(0, process.exitCode());
            assertTrue(process.err().contains("INFO  dev.fanfare.cli.ShutdownHook stopped"), process.err());
        }
    }

    @Test
    void aFailedStopExitsWithOne() throws Exception {
        try (JavaProcess process = serve("failing")) {
            assertEquals("serving", process.line());
            process.terminate();

            assertEquals(1, process.exitCode());
            assertTrue(process.err().contains("ERROR dev.fanfare.cli.ShutdownHook stopping failed"), process.err());
        }
    }

    @Test
    void aStopThatTakesTooLongExitsWithOne() throws Exception {
        try (JavaProcess process = serve("hanging")) {
            assertEquals("serving", process.line());
            process.terminate();

            assertEquals(1, process.exitCode());
            String line = "ERROR dev.fanfare.cli.ShutdownHook not stopped in time timeoutSeconds=\"1\"";
            assertTrue(process.err().contains(line), process.err());
        }
    }

    @Test
    void aNodeThatIsStillStartingIsStoppedToo() throws Exception {
        try (JavaProcess process = serve("starting")) {
            assertEquals("starting", process.line());
            process.terminate();

            assertTrue(process.remainingLines().contains("stopped"));
            assertEquals(0, process.exitCode());
        }
    }

    @Test
    void aNodeThatCannotStartExitsWithOneAndSaysWhyOnce() throws Exception {
        try (JavaProcess process = serve("refusing")) {
            assertEquals(1, process.exitCode());
            assertEquals(2, process.err().split("the port is taken", -1).length, process.err());
            assertTrue(process.err().contains("ERROR dev.fanfare.cli.Cli serve failed"), process.err());
        }
    }

    private static JavaProcess serve(String behaviour) throws IOException {
        return JavaProcess.start(List.of("-Dlogback.configurationFile=conf/logback.xml"), Served.class, behaviour);
    }

    /** The serve command in a process of its own, with a node that behaves as its argument says. */
    static final class Served {

        private static final CountDownLatch STOPPING = new CountDownLatch(1);

        public static void main(String... arguments) {
            PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            keepAlive();
            int exitCode = Cli.commandLine(new Cli.Outside(
                            Map.of("FANFARE_SHUTDOWN_TIMEOUT_SECONDS", arguments[0].equals("hanging") ? "1" : "30"),
                            out,
                            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                            (config, source) -> start(arguments[0], out),
                            request -> "",
                            Runtime.getRuntime()::addShutdownHook))
                    .execute("serve");
            if (exitCode != 0) {
                Logs.close();
                System.exit(exitCode);
            }
        }

        /** Like the threads of a node. */
        private static void keepAlive() {
            new Thread(() -> {
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    })
                    .start();
        }

        private static Future<RunningNode> start(String behaviour, PrintWriter out) {
            return switch (behaviour) {
                case "refusing" -> Future.failedFuture(new IOException("the port is taken"));
                case "starting" -> startSlowly(out);
                case "failing" -> Future.succeededFuture(new Node(() -> Future.failedFuture("no")));
                case "hanging" ->
                    Future.succeededFuture(
                            new Node(() -> Promise.<Void>promise().future()));
                default -> Future.succeededFuture(new Node(() -> stopped(out)));
            };
        }

        /** Starts to serve only after the process has been terminated. */
        private static Future<RunningNode> startSlowly(PrintWriter out) {
            Runtime.getRuntime().addShutdownHook(new Thread(STOPPING::countDown));
            CompletableFuture<RunningNode> node = CompletableFuture.supplyAsync(() -> {
                await();
                return new Node(() -> stopped(out));
            });
            out.println("starting");
            return Future.fromCompletionStage(node);
        }

        private static void await() {
            try {
                assertTrue(STOPPING.await(30, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static Future<Void> stopped(PrintWriter out) {
            out.println("stopped");
            return Future.succeededFuture();
        }

        private record Node(Supplier<Future<Void>> stopping) implements RunningNode {

            @Override
            public LiveConfig live() {
                return new LiveConfig(Config.DEFAULT);
            }

            @Override
            public Future<LiveConfig.ConfigChange> reload(String cause) {
                return Future.failedFuture("not here");
            }

            @Override
            public Future<Void> ready() {
                return Future.succeededFuture();
            }

            @Override
            public List<String> announcement() {
                return List.of("serving");
            }

            @Override
            public Future<Void> stop() {
                return stopping.get();
            }
        }
    }
}
