package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.alert.AlertCause;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlertChecksTest {

    private static Config.AlertSettings load(String alerts) throws ConfigException {
        return ConfigLoader.load(
                        null,
                        Map.of(
                                "FANFARE_ALERTS_MAIL_HOST", "smtp.example.com",
                                "FANFARE_ALERTS_MAIL_FROM", "fanfare@example.com",
                                "FANFARE_ALERTS_MAIL_TO", alerts))
                .alerts();
    }

    private static String problems(Map<String, String> environment) {
        return String.valueOf(assertThrows(ConfigException.class, () -> ConfigLoader.load(null, environment))
                .getMessage());
    }

    @Test
    void allProblemsAreReportedAtOnceWithTheirKeys() {
        String problems = problems(Map.of(
                "FANFARE_ALERTS_CAUSES", "revoked, eclipse",
                "FANFARE_ALERTS_PER_HOUR", "0",
                "FANFARE_ALERTS_CERTIFICATE_DAYS", "366",
                "FANFARE_ALERTS_MAIL_HOST", "smtp.example.com",
                "FANFARE_ALERTS_MAIL_SECURITY", "ssl",
                "FANFARE_ALERTS_MAIL_PASSWORD", "a-pass-word-4711",
                "FANFARE_ALERTS_MAIL_TRUST_FILE", "/no/such/file",
                "FANFARE_ALERTS_MAIL_TO", "ops",
                "FANFARE_ALERTS_WEBHOOKS",
                        "[{url: 'ftp://secret-4711', authorization: a, authorizationFile: /no/such},"
                                + " {url: '', trustFile: /no/such}]"));
        for (String key : List.of(
                "alerts.causes[1] is \"eclipse\"",
                "alerts.perHour",
                "alerts.certificateDays",
                "alerts.mail.security",
                "alerts.webhooks[0].url is (hidden)",
                "alerts.webhooks[0].authorization is given and so is authorizationFile",
                "alerts.webhooks[1].url is empty",
                "alerts.webhooks[1].trustFile")) {
            assertTrue(problems.contains(key), key + " in " + problems);
        }
        assertFalse(problems.contains("4711"), problems);
    }

    @Test
    void mailNeedsASenderReceiversAndAWholeLogin() {
        String problems = problems(Map.of(
                "FANFARE_ALERTS_MAIL_HOST", "smtp.example.com",
                "FANFARE_ALERTS_MAIL_PASSWORD", "a-pass-word-4711",
                "FANFARE_ALERTS_MAIL_TRUST_FILE", "/no/such/file"));
        for (String key : List.of(
                "alerts.mail.from is \"\"",
                "alerts.mail.to has 0 addresses",
                "alerts.mail.user is empty, but there is a password",
                "alerts.mail.trustFile is \"/no/such/file\"")) {
            assertTrue(problems.contains(key), key + " in " + problems);
        }
        assertFalse(problems.contains("4711"), problems);
        assertTrue(problems(Map.of(
                        "FANFARE_ALERTS_MAIL_HOST", "h",
                        "FANFARE_ALERTS_MAIL_FROM", "a@b",
                        "FANFARE_ALERTS_MAIL_TO", "a@b",
                        "FANFARE_ALERTS_MAIL_USER", "u"))
                .contains("alerts.mail.password is empty, but there is a user"));
        assertTrue(problems(Map.of(
                        "FANFARE_ALERTS_MAIL_HOST", "h",
                        "FANFARE_ALERTS_MAIL_FROM", "a@b",
                        "FANFARE_ALERTS_MAIL_TO", "a@b",
                        "FANFARE_ALERTS_MAIL_USER", "u",
                        "FANFARE_ALERTS_MAIL_PASSWORD", "p",
                        "FANFARE_ALERTS_MAIL_PASSWORD_FILE", "pom.xml"))
                .contains("alerts.mail.password is given and so is passwordFile"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ops",
                "@example.com",
                "ops@",
                "a b@example.com",
                "Ops <ops@example.com>",
                "ops@example.com\r\nBcc: x@example.com",
                "ops@example.com>\r\nRCPT TO:<x@example.com",
                "ops@exa\u0000mple.com",
                "\u202eops@example.com",
                "a@b@example.com"
            })
    void whatIsNotOneAddressIsRefused(String address) {
        assertThrows(
                ConfigException.class,
                () -> load("[\"" + address.replace("\r", "\\r").replace("\n", "\\n") + "\"]"));
        assertThrows(ConfigException.class, () -> load(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ops@example.com", "a.b+c=d@sub.example.com", "o'neil@example.com", "root@[127.0.0.1]"})
    void addressesAreTaken(String address) throws ConfigException {
        assertEquals(List.of(address), load(address).mail().to());
    }

    @Test
    void withoutAChannelNobodyIsAlerted() throws ConfigException {
        assertEquals(Set.of(), Config.DEFAULT.alerts().alerting());
        assertEquals(EnumSet.allOf(AlertCause.class), load("ops@example.com").alerting());
    }

    @Test
    void secretsAreNotShown() throws ConfigException {
        Config config = ConfigLoader.load(
                null,
                Map.of(
                        "FANFARE_ALERTS_MAIL_HOST", "h",
                        "FANFARE_ALERTS_MAIL_FROM", "a@b",
                        "FANFARE_ALERTS_MAIL_TO", "a@b",
                        "FANFARE_ALERTS_MAIL_USER", "u",
                        "FANFARE_ALERTS_MAIL_PASSWORD", "secret-4711",
                        "FANFARE_ALERTS_WEBHOOKS", "[{url: 'https://h/secret-4711', authorization: secret-4711}]"));
        assertFalse(config.toString().contains("4711"), config.toString());
        assertFalse(ConfigText.yaml(config).contains("4711"), ConfigText.yaml(config));
    }
}
