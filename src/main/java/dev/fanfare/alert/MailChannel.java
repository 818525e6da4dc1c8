package dev.fanfare.alert;

import dev.fanfare.config.Config;
import dev.fanfare.config.Config.MailSettings.MailSecurity;
import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.core.alert.AlertText;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.MailResult;
import io.vertx.ext.mail.StartTLSOptions;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends notices by mail: one message to all receivers. Each attempt has a connection of its own, which ends with it. */
final class MailChannel implements AlertChannel {

    private static final int SHOWN_CHARACTERS = 300;

    private final Vertx vertx;
    private final Config.MailSettings settings;
    private final String password;
    private final AlertSource source;
    private final long timeoutMillis;

    /**
     * @param password empty for none
     * @param timeoutMillis of one attempt
     */
    MailChannel(Vertx vertx, Config.MailSettings settings, String password, AlertSource source, long timeoutMillis) {
        this.vertx = vertx;
        this.settings = settings;
        this.password = password;
        this.source = source;
        this.timeoutMillis = timeoutMillis;
    }

    @Override
    public String name() {
        List<String> to = settings.to();
        return "mail to " + (to.size() == 1 ? to.get(0) : to.size() + " receivers") + " by " + settings.host() + ":"
                + settings.port();
    }

    /** There is one channel for mail. */
    @Override
    public Object target() {
        return Metrics.AlertMedium.MAIL;
    }

    @Override
    public Object content() {
        return List.of(settings, password);
    }

    @Override
    public Metrics.AlertMedium medium() {
        return Metrics.AlertMedium.MAIL;
    }

    @Override
    public Future<List<String>> send(AlertNotice notice) {
        MailMessage message = new MailMessage()
                .setFrom(settings.from())
                .setTo(settings.to())
                .setSubject(source.subject(notice))
                .setText(source.text(notice))
                .addHeader("Auto-Submitted", "auto-generated"); // RFC 3834: no answers of absent people
        MailAttempt attempt = new MailAttempt(vertx);
        return attempt.send(options(), message)
                .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .map(this::refused)
                .recover(failure -> Future.failedFuture(shown(failure)))
                .onComplete(ended -> attempt.close());
    }

    private List<String> refused(MailResult result) {
        return settings.to().stream()
                .filter(receiver -> !result.getRecipients().contains(receiver))
                .toList();
    }

    /** What the server answers may hold anything, even the password that it was sent. */
    private String shown(Throwable failure) {
        if (failure instanceof TimeoutException) {
            return "the mail server does not answer in time";
        }
        String text = String.valueOf(failure.getMessage());
        if (!password.isEmpty()) {
            for (String login : List.of("\0" + settings.user() + "\0" + password, password)) {
                byte[] bytes = login.getBytes(StandardCharsets.UTF_8);
                text = text.replace(Base64.getEncoder().encodeToString(bytes), "(hidden)");
            }
            text = text.replace(password, "(hidden)");
        }
        return AlertText.cut(AlertText.line(text), SHOWN_CHARACTERS);
    }

    private MailConfig options() {
        MailConfig options = new MailConfig()
                .setHostname(settings.host())
                .setPort(settings.port())
                .setSsl(settings.security() == MailSecurity.TLS)
                .setStarttls(
                        settings.security() == MailSecurity.STARTTLS
                                ? StartTLSOptions.REQUIRED
                                : StartTLSOptions.DISABLED)
                .setKeepAlive(false)
                .setMaxPoolSize(1)
                .setPipelining(false)
                .setLogin(settings.user().isEmpty() ? LoginOption.DISABLED : LoginOption.REQUIRED)
                // With one, the reason of the refusal is worth more.
                .setAllowRcptErrors(settings.to().size() > 1);
        options.setConnectTimeout(CONNECT_MILLIS)
                .setSslHandshakeTimeout(Math.min(timeoutMillis, CONNECT_MILLIS))
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        if (!settings.user().isEmpty()) {
            // Of what the client can do, it would try everything else with the password before.
            options.setAuthMethods("PLAIN LOGIN").setUsername(settings.user()).setPassword(password);
        }
        if (!settings.trustFile().isEmpty()) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(settings.trustFile()));
        }
        return options;
    }
}
