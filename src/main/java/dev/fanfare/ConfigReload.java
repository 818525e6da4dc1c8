package dev.fanfare;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigProblem;
import dev.fanfare.config.ConfigSource;
import dev.fanfare.config.LiveConfig;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again while the node runs: when asked to, and when the content of its files has changed. A thread
 * of its own reads them, so that calls never take the workers that others need. Thread-safe.
 */
final class ConfigReload {

    private static final Logger log = LoggerFactory.getLogger(ConfigReload.class);

    /** The cause of a reload that nobody asked for. */
    private static final String FILE = "file";

    private final Vertx vertx;
    private final @Nullable ConfigSource source;
    private final LiveConfig live;
    private final Metrics metrics;
    private final Supplier<Future<Void>> afterwards;
    private final WorkerExecutor reader;
    private volatile Instant loaded = Instant.now();
    private volatile boolean failed;

    /** What the files contained when they were last read for a change, and at the last check. Only the reader has them. */
    private Map<Path, Optional<ByteBuffer>> applied;

    private Map<Path, Optional<ByteBuffer>> seen;

    /** What was reported, if the last reload failed; it is tried again until it succeeds. Only the reader has it. */
    private List<ConfigProblem> reported = List.of();

    /**
     * Reads the files: what they contain from now on is a change. Blocks.
     *
     * @param source null if the node was given its configuration, and there is nothing to read
     * @param afterwards completes a change that has been applied
     */
    ConfigReload(
            Vertx vertx,
            @Nullable ConfigSource source,
            LiveConfig live,
            Metrics metrics,
            Supplier<Future<Void>> afterwards) {
        this.vertx = vertx;
        this.source = source;
        this.live = live;
        this.metrics = metrics;
        this.afterwards = afterwards;
        this.reader = vertx.createSharedWorkerExecutor("fanfare-configuration", 1);
        this.applied = contents();
        this.seen = applied;
        metrics.gauge(Metrics.Gauge.CONFIGURATION_LOADED, () -> loaded.getEpochSecond());
        metrics.gauge(Metrics.Gauge.CONFIGURATION_FAILED, () -> failed ? 1 : 0);
    }

    /**
     * Reads it and applies what can change.
     *
     * @param cause for the log
     * @return fails with a {@link ConfigException} if there are problems, and then everything stays as it is
     */
    Future<LiveConfig.ConfigChange> reload(String cause) {
        return reader.executeBlocking(() -> readAndChange(cause), true)
                .compose(change -> afterwards.get().map(change));
    }

    /** Starts to look for changes of the files, if that is configured. */
    void watch() {
        long seconds = live.present().reload().fileSeconds();
        if (source != null && !files().isEmpty() && seconds > 0) {
            schedule(seconds);
        }
    }

    /** The next check starts only after this one has ended. */
    private void schedule(long seconds) {
        vertx.setTimer(
                TimeUnit.SECONDS.toMillis(seconds),
                timer -> reader.executeBlocking(this::changed, true)
                        .compose(changed -> changed ? reload(FILE) : Future.succeededFuture())
                        .onComplete(checked -> schedule(seconds)));
    }

    /**
     * Whether the files differ from what was last read, and no longer change: an editor may have written half of one, and
     * files that are replaced one after the other belong together. After a failure also if they do not differ: what was
     * missing may have come, in a file that the configuration in use does not name.
     */
    private boolean changed() {
        Map<Path, Optional<ByteBuffer>> now = contents();
        boolean settled = now.equals(seen);
        seen = now;
        return settled && (failed || !now.equals(applied));
    }

    private Map<Path, Optional<ByteBuffer>> contents() {
        return contents(ConfigReload::content);
    }

    private Map<Path, Optional<ByteBuffer>> contents(Function<Path, Optional<ByteBuffer>> content) {
        return files().stream().collect(Collectors.toMap(Function.identity(), content));
    }

    /** The files of the configuration, and those that the parts which can change read with it. */
    private Set<Path> files() {
        Set<Path> files = new LinkedHashSet<>();
        if (source != null) {
            files.addAll(source.files());
        }
        live.present().hubs().values().stream()
                .flatMap(hub -> hub.eventHandlers().stream())
                .map(Config.EventHandler::files)
                .forEach(files::addAll);
        files.addAll(live.present().alerts().files());
        return files;
    }

    /** Empty if it cannot be read, which is a change as well. */
    private static Optional<ByteBuffer> content(Path file) {
        try {
            return Optional.of(ByteBuffer.wrap(Files.readAllBytes(file)));
        } catch (IOException e) {
            log.atDebug().addKeyValue("cause", e.getMessage()).log("a file of the configuration cannot be read");
            return Optional.empty();
        }
    }

    private LiveConfig.ConfigChange readAndChange(String cause) throws ConfigException {
        try {
            LiveConfig.ConfigChange change = live.change(load());
            Map<Path, Optional<ByteBuffer>> read = applied;
            applied = contents(file -> read.getOrDefault(file, content(file)));
            loaded = Instant.now();
            failed = false;
            reported = List.of();
            metrics.configurationReload(Metrics.ReloadOutcome.LOADED);
            log.atInfo()
                    .addKeyValue("cause", cause)
                    .addKeyValue("applied", String.join(", ", change.applied()))
                    .addKeyValue("atNextStart", String.join(", ", change.atNextStart()))
                    .log("configuration reloaded");
            return change;
        } catch (ConfigException e) {
            failed = true;
            if (cause.equals(FILE) && e.problems().equals(reported)) {
                throw e;
            }
            reported = e.problems();
            metrics.configurationReload(Metrics.ReloadOutcome.FAILED);
            log.atError()
                    .addKeyValue("cause", cause)
                    .addKeyValue(
                            "problems",
                            e.problems().stream().map(ConfigProblem::toString).collect(Collectors.joining("; ")))
                    .log("the configuration could not be reloaded; the previous one stays in use");
            throw e;
        } catch (RuntimeException e) {
            failed = true;
            metrics.configurationReload(Metrics.ReloadOutcome.FAILED);
            log.error("a changed configuration could not be applied", e);
            throw e;
        }
    }

    private Config load() throws ConfigException {
        if (source == null) {
            throw new ConfigException("the node was started without a source of its configuration");
        }
        applied = contents(); // what is written meanwhile is detected by the next check
        Config next = source.load();
        refuseEmptied(source, next);
        return next;
    }

    /** A file without content is one that is being written, or whose writer has failed, more often than it is meant. */
    private void refuseEmptied(ConfigSource from, Config next) throws ConfigException {
        Path file = from.file();
        if (file != null
                && applied.getOrDefault(file, Optional.empty())
                        .map(ConfigReload::isBlank)
                        .orElse(false)) {
            throw new ConfigException(file + " is empty; for the defaults of all keys it must hold {}");
        }
        Config.Auth auth = next.auth();
        if (auth.accessKeys().isEmpty()
                && auth.issuers().isEmpty()
                && auth.scopedKeys().isEmpty()
                && !live.present().auth().accessKeys().isEmpty()) {
            throw new ConfigException(
                    "auth.accessKeys is empty, and so are auth.issuers and auth.scopedKeys: no call could"
                            + " be authenticated any more");
        }
    }

    private static boolean isBlank(ByteBuffer content) {
        return StandardCharsets.UTF_8.decode(content.duplicate()).toString().isBlank();
    }
}
