package dev.fanfare.cli;

import dev.fanfare.alert.AlertChannels;
import dev.fanfare.alert.AlertSource;
import dev.fanfare.config.Config;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertNotice;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Sends a test alert by each channel. Needs no running node. */
@Command(
        name = "alert-test",
        description = "Send a test alert to each receiver of mail and each webhook of the configuration, and print what"
                + " happened.")
final class AlertTestCommand implements Callable<Integer> {

    /** More than an attempt takes that gets no answer. */
    private static final int CHANNEL_SECONDS = 35;

    private final Cli cli;

    AlertTestCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws Exception {
        Config config = cli.config();
        String cluster = config.cluster().enabled() ? config.cluster().name() : "";
        Vertx vertx = Vertx.vertx();
        try {
            AlertChannels channels = channels(vertx, config.alerts(), new AlertSource("alert-test", cluster));
            if (channels.size() == 0) {
                throw new UsageException("no alert can be sent: set alerts.mail or alerts.webhooks");
            }
            Instant now = Instant.now();
            AtomicInteger failed = new AtomicInteger();
            channels.send(
                            new AlertNotice(
                                    UUID.randomUUID(),
                                    AlertCause.TEST,
                                    1,
                                    now,
                                    now,
                                    List.of("sent by: fanfare alert-test")),
                            (channel, failure) -> {
                                if (failure != null) {
                                    failed.incrementAndGet();
                                }
                                print(channel, failure);
                            })
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get((long) channels.size() * CHANNEL_SECONDS, TimeUnit.SECONDS);
            return failed.get() == 0 ? Cli.OK : Cli.FAILED;
        } finally {
            close(vertx);
        }
    }

    private static AlertChannels channels(Vertx vertx, Config.AlertSettings settings, AlertSource source) {
        try {
            return AlertChannels.separate(vertx, settings, source);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private synchronized void print(String channel, @Nullable Throwable failure) {
        cli.out().println(failure == null ? "sent: " + channel : "FAILED: " + channel + ": " + failure.getMessage());
        cli.out().flush();
    }

    private static void close(Vertx vertx) throws InterruptedException {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
