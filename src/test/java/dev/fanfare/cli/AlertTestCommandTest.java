package dev.fanfare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestMailServer;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that sends a test alert, with real servers. */
class AlertTestCommandTest {

    private final Map<String, String> environment = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private int run() {
        return Cli.commandLine(new Cli.Outside(
                        environment,
                        new PrintWriter(out),
                        new PrintWriter(err),
                        (config, source) -> Future.failedFuture("not needed"),
                        request -> "",
                        hook -> {}))
                .execute("alert-test");
    }

    private void mail(int port, String... to) throws IOException {
        Path password = Files.writeString(directory.resolve("password"), "secret\n");
        environment.putAll(Map.of(
                "FANFARE_ALERTS_MAIL_HOST", "localhost",
                "FANFARE_ALERTS_MAIL_PORT", String.valueOf(port),
                "FANFARE_ALERTS_MAIL_TRUST_FILE",
                        TestCertificate.get().certificateFile().toString(),
                "FANFARE_ALERTS_MAIL_USER", "fanfare",
                "FANFARE_ALERTS_MAIL_PASSWORD_FILE", password.toString(),
                "FANFARE_ALERTS_MAIL_FROM", "fanfare@example.com",
                "FANFARE_ALERTS_MAIL_TO", String.join(",", to)));
    }

    @Test
    void itSaysForEachReceiverWhatHappened() throws Exception {
        try (TestMailServer server = TestMailServer.withStartTls(TestCertificate.get());
                TestHandler good = TestHandler.start();
                TestHandler bad = TestHandler.start()) {
            mail(server.port(), "refused@example.com", "ops@example.com");
            bad.script = (told, response) -> response.setStatusCode(403).end();
            environment.put(
                    "FANFARE_ALERTS_WEBHOOKS",
                    "[{url: 'http://127.0.0.1:" + good.port() + "/in-the-path'}, {url: 'http://127.0.0.1:" + bad.port()
                            + "/?in-the-query'}]");

            assertEquals(Cli.FAILED, run(), err::toString);

            assertEquals(
                    List.of(
                            "FAILED: mail to refused@example.com by localhost:" + server.port()
                                    + ": recipient address not accepted: 550 no such user",
                            "sent: mail to ops@example.com by localhost:" + server.port(),
                            "sent: webhook of http://127.0.0.1:" + good.port(),
                            "FAILED: webhook of http://127.0.0.1:" + bad.port() + ": the webhook answered 403"),
                    out.toString().lines().toList());
            assertTrue(server.awaitMail().contains("Subject: [Fanfare] this is a test"));
            assertEquals("test", good.next("null").json().getJsonObject("data").getString("cause"));
        }
    }

    @Test
    void itIsDoneWhenAllWereSent() throws Exception {
        try (TestMailServer server = TestMailServer.withStartTls(TestCertificate.get())) {
            mail(server.port(), "ops@example.com");
            assertEquals(Cli.OK, run(), err::toString);
            assertEquals("sent: mail to ops@example.com by localhost:" + server.port() + "\n", out.toString());
        }
    }

    @Test
    void whatAServerSaysCannotControlTheTerminal() throws Exception {
        try (TestMailServer server = TestMailServer.start(dialogue -> dialogue.say("554 no\u001b[2J\u0007 secret"))) {
            mail(server.port(), "ops@example.com");
            assertEquals(Cli.FAILED, run(), err::toString);
            assertTrue(out.toString().contains(": 554 no?[2J? (hidden)"), out.toString());
        }
    }

    @Test
    void withoutAChannelOrItsPasswordItIsRefused() throws Exception {
        assertEquals(Cli.REFUSED, run());
        assertEquals("no alert can be sent: set alerts.mail or alerts.webhooks\n", err.toString());

        mail(1, "ops@example.com");
        Files.writeString(directory.resolve("password"), "\n");
        assertEquals(Cli.REFUSED, run());
        assertTrue(err.toString().contains("password must hold one line"), err.toString());
        assertFalse(out.toString().contains("sent"), out.toString());
    }
}
