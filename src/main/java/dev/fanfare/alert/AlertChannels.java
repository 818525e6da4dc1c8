package dev.fanfare.alert;

import dev.fanfare.config.Config;
import dev.fanfare.core.alert.AlertNotice;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The channels of a configuration. */
public final class AlertChannels {

    private final List<AlertChannel> channels;

    private AlertChannels(List<AlertChannel> channels) {
        this.channels = channels;
    }

    /**
     * One channel for all receivers of mail, and one for each webhook. Reads passwords and authorizations from their files.
     * Blocks.
     *
     * @throws IllegalArgumentException if one cannot be read or does not hold what it should; the message names the file
     */
    public static AlertChannels of(Vertx vertx, Config.AlertSettings settings, AlertSource source) {
        return of(vertx, settings, source, settings.mail().enabled() ? List.of(settings.mail()) : List.of());
    }

    /** The same with a channel for each receiver of mail, so that the answer for each is known. */
    public static AlertChannels separate(Vertx vertx, Config.AlertSettings settings, AlertSource source) {
        Config.MailSettings mail = settings.mail();
        return of(
                vertx,
                settings,
                source,
                mail.enabled() ? mail.to().stream().map(mail::onlyTo).toList() : List.of());
    }

    private static AlertChannels of(
            Vertx vertx, Config.AlertSettings settings, AlertSource source, List<Config.MailSettings> mails) {
        List<AlertChannel> channels = new ArrayList<>();
        for (Config.MailSettings mail : mails) {
            String password = secret(mail.password(), mail.passwordFile());
            channels.add(new MailChannel(vertx, mail, password, source, AlertChannel.TIMEOUT_MILLIS));
        }
        for (Config.AlertWebhook webhook : settings.webhooks()) {
            String authorization = secret(webhook.authorization(), webhook.authorizationFile());
            channels.add(new WebhookChannel(vertx, webhook, authorization, source, AlertChannel.TIMEOUT_MILLIS));
        }
        return new AlertChannels(List.copyOf(channels));
    }

    /** How many there are. */
    public int size() {
        return channels.size();
    }

    List<AlertChannel> all() {
        return channels;
    }

    /**
     * Sends a notice once by each channel, one after the other.
     *
     * @param outcome called for each with its name, and the failure or null
     * @return completes when all have ended; never fails
     */
    public Future<Void> send(AlertNotice notice, BiConsumer<String, @Nullable Throwable> outcome) {
        Future<Void> sent = Future.succeededFuture();
        for (AlertChannel channel : channels) {
            sent = sent.compose(v -> channel.send(notice))
                    .<Void>mapEmpty()
                    .onSuccess(v -> outcome.accept(channel.name(), null))
                    .onFailure(failure -> outcome.accept(channel.name(), failure))
                    .otherwiseEmpty();
        }
        return sent;
    }

    private static String secret(@Nullable String written, String file) {
        if (file.isEmpty()) {
            return written == null ? "" : written;
        }
        String value;
        try {
            value = Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read", e);
        }
        if (value.isEmpty() || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(file + " must hold one line");
        }
        return value;
    }
}
