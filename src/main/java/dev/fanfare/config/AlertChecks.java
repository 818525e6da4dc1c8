package dev.fanfare.config;

import dev.fanfare.core.alert.AlertCause;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules for the section about alerts. */
final class AlertChecks {

    /** What the command for mail accepts of an address (RFC 5321): no space, no control character, one host. */
    private static final Pattern ADDRESS =
            Pattern.compile("[\\x21-\\x7e&&[^<>(),;:\\\\\"@]]{1,64}@[A-Za-z0-9.\\[\\]:-]{1,255}");

    private static final int MAX_RECEIVERS = 100;

    private AlertChecks() {}

    static void checkCauses(List<String> causes, ConfigProblems configProblems) {
        for (int i = 0; i < causes.size(); i++) {
            if (AlertCause.of(causes.get(i)).isEmpty()) {
                configProblems.report(
                        "causes[" + i + "]",
                        "is " + ConfigProblems.quoted(causes.get(i)) + "; it must be one of "
                                + Stream.of(AlertCause.values())
                                        .map(AlertCause::label)
                                        .collect(Collectors.joining(", ")));
            }
        }
    }

    static void check(Config.MailSettings mail, ConfigProblems configProblems) {
        if (!mail.enabled()) {
            return;
        }
        checkAddress("from", mail.from(), configProblems);
        if (mail.to().isEmpty() || mail.to().size() > MAX_RECEIVERS) {
            configProblems.report("to", "has " + mail.to().size() + " addresses; it must have 1 to " + MAX_RECEIVERS);
        }
        for (int i = 0; i < mail.to().size(); i++) {
            checkAddress("to[" + i + "]", mail.to().get(i), configProblems);
        }
        boolean written = !mail.password().isEmpty();
        if (written && !mail.passwordFile().isEmpty()) {
            configProblems.report("password", "is given and so is passwordFile; give one of them");
        } else if (mail.user().isEmpty() && (written || !mail.passwordFile().isEmpty())) {
            configProblems.report("user", "is empty, but there is a password");
        } else if (!mail.user().isEmpty() && !written && mail.passwordFile().isEmpty()) {
            configProblems.report("password", "is empty, but there is a user");
        }
        if (!mail.passwordFile().isEmpty()) {
            TlsFiles.checkFile(configProblems, "passwordFile", mail.passwordFile(), "");
        }
        if (!mail.trustFile().isEmpty()) {
            TlsFiles.checkFile(configProblems, "trustFile", mail.trustFile(), "");
        }
    }

    private static void checkAddress(String key, String address, ConfigProblems configProblems) {
        if (!ADDRESS.matcher(address).matches()) {
            configProblems.report(
                    key,
                    "is " + ConfigProblems.quoted(address) + "; it must be one mail address, such as ops@example.com");
        }
    }

    static void check(Config.AlertWebhook webhook, ConfigProblems configProblems) {
        Urls.checkSecretUrl(configProblems, "url", webhook.url());
        EventHandlers.checkAuthorization(webhook.authorization(), webhook.authorizationFile(), configProblems);
        if (!webhook.trustFile().isEmpty()) {
            TlsFiles.checkFile(configProblems, "trustFile", webhook.trustFile(), "");
        }
    }
}
