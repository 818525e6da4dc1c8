package dev.fanfare.alert;

import static dev.fanfare.alert.MailSettingsOf.SOURCE;
import static dev.fanfare.alert.MailSettingsOf.notice;
import static dev.fanfare.alert.MailSettingsOf.plain;
import static dev.fanfare.alert.MailSettingsOf.secure;
import static dev.fanfare.alert.MailSettingsOf.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config.MailSettings;
import dev.fanfare.config.Config.MailSettings.MailSecurity;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.TestMailServer;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mail servers that are slow, refuse, or lie: an attempt fails in time, and nothing of it remains. */
class MailFaultsTest {

    private static final long TIMEOUT = 100;
    private static final long LONG_TIMEOUT = 10_000;
    private static final String PASSWORD = "pass-word-4711";

    private final Vertx vertx = Vertx.vertx();
    private final Queue<Throwable> unhandled = new ConcurrentLinkedQueue<>();

    MailFaultsTest() {
        vertx.exceptionHandler(unhandled::add);
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        assertEquals(List.of(), List.copyOf(unhandled));
    }

    private String failure(MailSettings settings) {
        return failure(settings, LONG_TIMEOUT);
    }

    private String failure(MailSettings settings, long timeout) {
        MailChannel channel = new MailChannel(vertx, settings, PASSWORD, SOURCE, timeout);
        Exception failure = assertThrows(Exception.class, () -> send(channel, notice("x")));
        return String.valueOf(failure.getMessage());
    }

    /** Waits for the end of the connection, which the server does not bring about. */
    private static void assertEnded(TestMailServer server) throws InterruptedException {
        server.awaitEnd();
        assertEquals(1, server.accepted());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "220 hello", "220 hello|250 fine", "220 hello|250 fine|250 fine|250 fine|354 go on"})
    void aServerThatFallsSilentIsLeftInTime(String answers) throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> {
            for (String answer : answers.split("\\|")) {
                dialogue.say(answer);
                if (!answer.isEmpty()) {
                    dialogue.read();
                }
            }
            dialogue.readToEnd();
        })) {
            failure(plain(server.port(), "ops@example.com"), TIMEOUT);
            assertEnded(server);
        }
    }

    @Test
    void aServerThatSaysLittleAtATimeIsLeftInTime() throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> {
            dialogue.say("220 hello");
            while (true) {
                dialogue.answer("250-wait");
                dialogue.write("250-wait\r\n");
            }
        })) {
            failure(plain(server.port(), "ops@example.com"), TIMEOUT);
            assertEnded(server);
        }
    }

    @Test
    void anAnswerWithoutEndIsCutOff() throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> {
            while (true) {
                dialogue.write("2".repeat(100_000));
            }
        })) {
            assertEquals(
                    "the mail server failed: it sent more than 65536 bytes",
                    failure(plain(server.port(), "a@example.com")));
            assertEnded(server);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"554 go away", "nonsense", "\0\1\2\uffff", "99999999999999999999 x", "22", "421-\r\n421 later"})
    void aServerThatRefusesOrTalksNonsenseIsAFailure(String greeting) throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> {
            dialogue.say(greeting);
            dialogue.readToEnd();
        })) {
            String failure = failure(plain(server.port(), "ops@example.com"));
            assertFalse(failure.contains("\n") || failure.contains("\0"), failure);
            assertEnded(server);
        }
    }

    @Test
    void aServerThatIsNotThereIsAFailure() {
        assertTrue(failure(plain(FreePorts.take(1).get(0), "ops@example.com")).contains("refused"));
    }

    @Test
    void aServerThatEndsInTheMiddleOfAMailIsAFailure() throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> {
            dialogue.say("220 hello");
            dialogue.answer("250 fine");
            dialogue.answer("250 fine");
            dialogue.answer("250 fine");
            dialogue.answer("354 go on");
            while (!dialogue.read().equals(".")) {
                // the mail
            }
        })) {
            assertEquals(
                    "the mail server failed: it ended the connection",
                    failure(plain(server.port(), "ops@example.com")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "250 nothing else", // it does not offer STARTTLS
                "250-STARTTLS\r\n250 fine|454 not now",
                "250-STARTTLS\r\n250 fine|220 go ahead|",
                "250-STARTTLS\r\n250 fine|220 go ahead\r\n250-AUTH PLAIN\r\n250 fine\r\n235 in\r\n250 fine"
            })
    void withoutTlsNeitherPasswordNorMailIsSent(String answers) throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> {
            dialogue.say("220 hello");
            for (String answer : answers.split("\\|")) {
                dialogue.answer(answer);
            }
            dialogue.readToEnd();
        })) {
            failure(secure(server.port(), MailSecurity.STARTTLS, "fanfare", "ops@example.com"), TIMEOUT);

            String lines = String.join("\n", server.awaitEnd().lines());
            assertFalse(lines.contains("AUTH"), lines);
            assertFalse(lines.contains("MAIL FROM"), lines);
        }
    }

    @Test
    void aServerThatRepeatsThePasswordPutsItInNoMessage() throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> {
            dialogue.say("220 hello");
            dialogue.answer("250 AUTH PLAIN");
            dialogue.say("535 no: " + dialogue.read() + " is " + PASSWORD);
            dialogue.readToEnd();
        })) {
            MailSettings plain = plain(server.port(), "ops@example.com");
            MailSettings withUser = new MailSettings(
                    plain.host(), plain.port(), MailSecurity.NONE, "", "fanfare", "", "", plain.from(), plain.to());
            String failure = failure(withUser);
            assertTrue(failure.contains("AUTH PLAIN (hidden) is (hidden)"), failure);
        }
    }

    @Test
    void aHandshakeThatNeverEndsIsLeftInTime() throws Exception {
        try (TestMailServer server = TestMailServer.start(TestMailServer.Dialogue::readToEnd)) {
            failure(secure(server.port(), MailSecurity.TLS, "fanfare", "ops@example.com"), TIMEOUT);
            assertEnded(server);
        }
    }
}
