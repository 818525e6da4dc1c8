package dev.fanfare.alert;

import dev.fanfare.config.Config;
import dev.fanfare.config.Config.MailSettings;
import dev.fanfare.config.Config.MailSettings.MailSecurity;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.testkit.TestCertificate;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Settings for a mail server on this machine, and something to send. */
final class MailSettingsOf {

    static final AlertSource SOURCE = new AlertSource("node1", "east");

    static final UUID ID = UUID.fromString("1b4e28ba-2fa1-41d2-883f-0016d3cca427");

    private MailSettingsOf() {}

    static MailSettings plain(int port, String... to) {
        return new MailSettings(
                "localhost", port, MailSecurity.NONE, "", "", "", "", "fanfare@example.com", List.of(to));
    }

    static MailSettings secure(int port, MailSecurity security, String user, String... to) {
        return new MailSettings(
                "localhost",
                port,
                security,
                TestCertificate.get().certificateFile().toString(),
                user,
                "",
                "",
                "fanfare@example.com",
                List.of(to));
    }

    static Config.AlertSettings alerts(int perHour, MailSettings mail, Config.AlertWebhook... webhooks) {
        return new Config.AlertSettings(List.of(), perHour, 14, mail, List.of(webhooks));
    }

    static AlertNotice notice(String... examples) {
        return new AlertNotice(
                ID,
                AlertCause.HANDLER_UNAVAILABLE,
                3,
                Instant.parse("2026-01-02T03:04:05Z"),
                Instant.parse("2026-01-02T03:05:00Z"),
                List.of(examples));
    }

    static List<String> send(AlertChannel channel, AlertNotice notice) throws Exception {
        return channel.send(notice).await(20, TimeUnit.SECONDS);
    }
}
