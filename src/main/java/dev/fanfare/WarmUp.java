package dev.fanfare;

import dev.fanfare.auth.AccessKey;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.config.Config;
import dev.fanfare.logging.QuietThreads;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves connections of its own before a node is ready, so that the code of connections is compiled before clients come;
 * see {@code src/docs/decisions/0042-warm-before-ready.md}. They go through sockets of the loopback interface to a spare
 * node in this process, which shares nothing with the real one: a Vert.x instance, an access key, metrics and a broker of
 * its own, no event handlers, no cluster. It is closed before the node becomes ready. Bounded in time and in
 * the number of connections; a failure only ends it. Thread-safe.
 */
final class WarmUp {

    /** How long the spare node may take to close; readiness does not wait longer. */
    static final long CLOSE_MILLIS = 500;

    private static final Logger log = LoggerFactory.getLogger(WarmUp.class);
    private static final String HUB = "warm_up";
    private static final List<String> ROLES = List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup");
    private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);

    /** The compilers are idle if they did less than this in two periods, one after the other. */
    private static final long PERIOD_MILLIS = 100;

    private static final long IDLE_MILLIS = 5;

    private final Vertx vertx;
    private final Config.Start bounds;
    private final int eventLoops;
    private final Function<Config, Future<Node>> starter;
    private final Promise<Void> finished = Promise.promise();
    private final AtomicInteger connections = new AtomicInteger();
    private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    private volatile boolean stopped;

    /**
     * Creates it.
     *
     * @param vertx of the node, for timers
     * @param eventLoops of the spare node, 1 and up
     * @param starter starts the spare node; may block
     */
    WarmUp(Vertx vertx, Config.Start bounds, int eventLoops, Function<Config, Future<Node>> starter) {
        this.vertx = vertx;
        this.bounds = bounds;
        this.eventLoops = eventLoops;
        this.starter = starter;
    }

    /** Warms up. The future never fails, and completes within the bound of time and {@value #CLOSE_MILLIS} ms. */
    Future<Void> run() {
        if (stopped || bounds.warmUpSeconds() == 0 || bounds.warmUpConnections() == 0) {
            return Future.succeededFuture();
        }
        long begun = System.nanoTime();
        long timer = vertx.setTimer(TimeUnit.SECONDS.toMillis(bounds.warmUpSeconds()), late -> stop());
        String key = AccessKey.random();
        Promise<Node> starting = Promise.promise();
        Thread thread = new Thread(() -> start(key, starting), "fanfare-warm-up");
        thread.setDaemon(true);
        thread.start();
        Future<Node> spare = starting.future();
        Future<Void> visited = spare.compose(node -> visit(node, key))
                .onSuccess(all -> awaitIdleCompiler(compiledMillis(), 0))
                .onFailure(finished::tryFail);
        return finished.future()
                .onComplete(result -> {
                    stop();
                    vertx.cancelTimer(timer);
                })
                .transform(result -> close(spare, visited)
                        .timeout(CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                        .otherwiseEmpty()
                        .onComplete(closed -> logEnd(begun, result.cause())));
    }

    /** Called when the spare node is closed: lines of its threads are left out before that. */
    private void logEnd(long begun, @Nullable Throwable failure) {
        if (failure != null) {
            log.atWarn()
                    .addKeyValue("error", failure.toString())
                    .log("the warm-up ended early; the first connections may be slower");
        }
        log.atInfo()
                .addKeyValue("connections", Math.min(connections.get(), bounds.warmUpConnections()))
                .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun))
                .log("warmed up");
    }

    /** Closes the spare node, after the connections that are still open. */
    private static Future<Void> close(Future<Node> spare, Future<Void> visited) {
        return visited.timeout(CLOSE_MILLIS / 2, TimeUnit.MILLISECONDS)
                .transform(result -> spare.compose(Node::closeSpare))
                .onComplete(closed -> QuietThreads.clear());
    }

    /** Ends it early. */
    void stop() {
        stopped = true;
        finished.tryComplete();
    }

    /** On a thread of its own: it blocks, and Vert.x warns of instances that are created on a thread of another one. */
    private void start(String key, Promise<Node> starting) {
        try {
            starter.apply(config(key)).onComplete(starting);
        } catch (RuntimeException | LinkageError e) {
            starting.fail(e);
        }
    }

    private Config config(String key) {
        return Config.DEFAULT
                .with("server.host", InetAddress.getLoopbackAddress().getHostAddress())
                .with("server.port", 0)
                .with("server.eventLoops", eventLoops)
                .with("auth.accessKeys", List.of(key));
    }

    private Future<Void> visit(Node spare, String key) {
        TokenMinter minter = new TokenMinter(key, InstantSource.system());
        Queue<WarmUpClient> clients = new ConcurrentLinkedQueue<>();
        return spare.deployBeside(
                        () -> {
                            WarmUpClient client = new WarmUpClient(
                                    InetAddress.getLoopbackAddress().getHostAddress(),
                                    spare.port(),
                                    HUB,
                                    this::next,
                                    number -> minter.clientToken(
                                            "http://localhost",
                                            HUB,
                                            "user-" + number,
                                            ROLES,
                                            List.of(),
                                            TOKEN_LIFETIME));
                            clients.add(client);
                            return client;
                        },
                        new DeploymentOptions().setInstances(eventLoops))
                .compose(deployed ->
                        Future.all(clients.stream().map(WarmUpClient::over).toList()))
                .mapEmpty();
    }

    private int next() {
        int number = connections.getAndIncrement();
        return stopped || number >= bounds.warmUpConnections() ? -1 : number;
    }

    /** What has been served is compiled in the background, by threads that would take their time from the first clients. */
    private void awaitIdleCompiler(long before, int idlePeriods) {
        if (stopped || idlePeriods == 2) {
            stop();
            return;
        }
        vertx.setTimer(PERIOD_MILLIS, over -> {
            long now = compiledMillis();
            awaitIdleCompiler(now, now - before < IDLE_MILLIS ? idlePeriods + 1 : 0);
        });
    }

    private long compiledMillis() {
        return compiler != null && compiler.isCompilationTimeMonitoringSupported()
                ? compiler.getTotalCompilationTime()
                : 0;
    }
}
