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

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.fanfare.config.Config.MailSettings;
import dev.fanfare.config.Config.MailSettings.MailSecurity;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestMailServer;
import io.vertx.core.Vertx;
import jakarta.mail.internet.MimeMessage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Mails to real mail servers: GreenMail, and one with STARTTLS. */
class MailChannelTest {

    private static final String PASSWORD = "pass-word-4711";
    private static final ServerSetup PLAIN = new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP);
    private static final ServerSetup TLS = new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTPS);

    private static GreenMail greenMail;
    private static Vertx vertx;

    @BeforeAll
    static void start() {
        System.setProperty(
                "greenmail.tls.keystore.file", TestCertificate.get().store().toString());
        System.setProperty("greenmail.tls.keystore.password", TestCertificate.PASSWORD);
        vertx = Vertx.vertx();
        greenMail = new GreenMail(new ServerSetup[] {PLAIN, TLS});
        greenMail.start();
    }

    @AfterAll
    static void stop() {
        greenMail.stop();
        vertx.close().await();
    }

    @AfterEach
    void forget() {
        greenMail.getUserManager().setAuthRequired(false);
        greenMail.reset();
    }

    private static MailChannel channel(MailSettings settings, String password) {
        return new MailChannel(vertx, settings, password, SOURCE, 10_000);
    }

    private static MailChannel channel(MailSettings settings) {
        return channel(settings, "");
    }

    private static MimeMessage only() {
        MimeMessage[] all = greenMail.getReceivedMessages();
        assertEquals(1, all.length);
        return all[0];
    }

    @Test
    void aMailSaysWhatHappened() throws Exception {
        assertEquals(
                List.of(),
                send(channel(plain(greenMail.getSmtp().getPort(), "ops@example.com")), notice("hub chat", "hub ünï")));

        MimeMessage mail = only();
        assertEquals(
                "[Fanfare east] an event handler fails and gets no events for a while (3 times)", mail.getSubject());
        assertEquals("fanfare@example.com", mail.getFrom()[0].toString());
        assertEquals("auto-generated", mail.getHeader("Auto-Submitted")[0]);
        assertEquals(1, mail.getHeader("Date").length);
        assertEquals(1, mail.getHeader("Message-ID").length);
        assertEquals(
                """
                On node node1 of cluster east: an event handler fails and gets no events for a while.

                Cause:  handler-unavailable
                Times:  3
                First:  2026-01-02T03:04:05Z
                Last:   2026-01-02T03:05:00Z

                Examples:
                  hub chat
                  hub ünï

                src/docs/alerts.md says what each cause means and what to do.
                """.strip(), mail.getContent().toString().replace("\r\n", "\n").strip());
    }

    @Test
    void allReceiversGetIt() throws Exception {
        send(channel(plain(greenMail.getSmtp().getPort(), "a@example.com", "b@example.org")), notice("x"));
        MimeMessage[] mails = greenMail.getReceivedMessages();
        assertEquals(2, mails.length); // one for each mailbox
        assertEquals(
                "a@example.com, b@example.org",
                Arrays.stream(mails[1].getAllRecipients()).map(Object::toString).collect(Collectors.joining(", ")));
    }

    @Test
    void tlsFromTheFirstByteWithALogin() throws Exception {
        greenMail.setUser("fanfare@example.com", "fanfare", PASSWORD);
        greenMail.getUserManager().setAuthRequired(true);
        MailSettings settings = secure(greenMail.getSmtps().getPort(), MailSecurity.TLS, "fanfare", "ops@example.com");

        send(channel(settings, PASSWORD), notice("x"));
        only();

        Exception refused =
                assertThrows(Exception.class, () -> send(channel(settings, "wrong-pass-word"), notice("x")));
        assertTrue(String.valueOf(refused.getMessage()).contains("535"), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains("wrong-pass-word"), refused.getMessage());
    }

    @Test
    void aServerThatIsNotTrustedGetsNothing() throws Exception {
        // The certificate is for localhost and 127.0.0.1.
        try (TestMailServer server = TestMailServer.start("127.0.0.2", dialogue -> {
            dialogue.secure(TestCertificate.get().serverContext());
            dialogue.say("220 test");
            dialogue.serve(null, "secret");
        })) {
            MailSettings settings = secure(server.port(), MailSecurity.TLS, "fanfare", "ops@example.com");
            String trusted = settings.trustFile();
            assertThrows(
                    Exception.class, () -> send(channel(at("127.0.0.2", trusted, settings), "secret"), notice("x")));
            assertEquals(List.of(), server.awaitEnd().lines());
        }
        MailSettings settings = secure(greenMail.getSmtps().getPort(), MailSecurity.TLS, "", "ops@example.com");
        assertThrows(Exception.class, () -> send(channel(at("localhost", "", settings)), notice("x")));
        assertEquals(0, greenMail.getReceivedMessages().length);
    }

    private static MailSettings at(String host, String trustFile, MailSettings settings) {
        return new MailSettings(
                host,
                settings.port(),
                settings.security(),
                trustFile,
                settings.user(),
                "",
                "",
                settings.from(),
                settings.to());
    }

    @Test
    void startTlsProtectsThePasswordAndTheMail() throws Exception {
        try (TestMailServer server = TestMailServer.withStartTls(TestCertificate.get())) {
            MailSettings settings = secure(server.port(), MailSecurity.STARTTLS, "fanfare", "ops@example.com");
            send(channel(settings, "secret"), notice("hub chat"));

            assertTrue(server.awaitMail().contains("hub chat"));
            List<String> lines = server.awaitEnd().lines();
            int startTls = lines.indexOf("STARTTLS");
            assertEquals(1, startTls, lines.toString());
            assertTrue(lines.stream().skip(startTls).anyMatch(line -> line.startsWith("AUTH PLAIN")), lines.toString());
        }
    }

    @Test
    void aReceiverThatIsRefusedCostsTheOthersNothing() throws Exception {
        try (TestMailServer server = TestMailServer.withStartTls(TestCertificate.get())) {
            MailSettings settings =
                    secure(server.port(), MailSecurity.STARTTLS, "fanfare", "refused@example.com", "ops@example.com");
            assertEquals(List.of("refused@example.com"), send(channel(settings, "secret"), notice("x")));
            server.awaitMail();

            MailSettings alone = settings.onlyTo("refused@example.com");
            Exception refused = assertThrows(Exception.class, () -> send(channel(alone, "secret"), notice("x")));
            assertTrue(String.valueOf(refused.getMessage()).contains("550 no such user"), refused.getMessage());
        }
    }

    @Test
    void whatStrangersChooseAddsNoHeaderAndEndsNoMail() throws Exception {
        try (TestMailServer server = TestMailServer.withStartTls(TestCertificate.get())) {
            MailSettings settings = secure(server.port(), MailSecurity.STARTTLS, "fanfare", "ops@example.com");
            AlertSource source = new AlertSource("n", "east\r\nBcc: evil@example.com");
            MailChannel channel = new MailChannel(vertx, settings, "secret", source, 10_000);
            send(channel, notice(".", "\r\n.\r\nMAIL FROM:<evil@example.com>", "x\nBcc: evil@example.com"));

            String mail = server.awaitMail();
            String headers = mail.substring(0, mail.indexOf("\n\n"));
            assertFalse(headers.contains("\nBcc:"), headers);
            assertTrue(headers.contains("Subject: [Fanfare east??Bcc: evil@example.com]"), headers);
            assertTrue(mail.contains("\n..=0D\nMAIL FROM:<evil@example.com>\n"), mail);
            assertTrue(mail.endsWith("what each cause means and what to do.\n"), mail);
        }
    }
}
