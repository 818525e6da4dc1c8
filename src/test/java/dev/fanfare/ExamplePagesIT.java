package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.BrowserPage;
import dev.fanfare.testkit.Chromium;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TcpProxy;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The example pages in a real browser. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 10, unit = TimeUnit.MINUTES) // the browser may have to be installed
final class ExamplePagesIT {

    private Chromium browser;
    private TestNode node;
    private TcpProxy proxy;

    @BeforeAll
    void startBrowser() throws Exception {
        browser = Chromium.start();
    }

    @AfterAll
    void stopBrowser() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void startNode() throws Exception {
        node = TestNode.start("EXAMPLES_ENABLED=true");
        proxy = TcpProxy.to(node.port());
    }

    @AfterEach
    void stopNode() throws Exception {
        proxy.close();
        node.close();
    }

    @Test
    void thoseInARoomReadWhatTheOthersSay() throws Exception {
        BrowserPage alice = join("Alice", "lobby");
        BrowserPage bob = join("Bob", "lobby");
        BrowserPage carol = join("Carol", "kitchen");

        say(alice, "Hello, <b>Bob</b> & all");
        bob.awaitText("#log", "Alice: Hello, <b>Bob</b> & all");
        say(bob, "Hello, Alice");
        alice.awaitText("#log", "Bob: Hello, Alice");

        assertFalse(carol.text("#log").contains("Hello"));
        assertEquals(List.of(), alice.complaints());
        assertEquals(List.of(), bob.complaints());
    }

    @Test
    void whatIsSaidWhileAConnectionIsLostIsReadLater() throws Exception {
        BrowserPage alice = join("Alice", "lobby");
        JsonClient bob = node.client("Bob").hub("example_chat").mayAll().json();

        proxy.freeze();
        proxy.resetClients();
        alice.awaitText("#state", "Connection lost");
        bob.publish("lobby", "Are you there?");
        proxy.heal();

        alice.awaitText("#log", "Bob: Are you there?");
        alice.awaitText("#log", "Reconnected. No messages are missing.");
        alice.awaitText("#state", "In lobby as Alice");
        say(alice, "I am");
    }

    @Test
    void oneWhoIsThrownOutIsToldAndMayComeBack() throws Exception {
        BrowserPage alice = join("Alice", "lobby");
        assertEquals(
                204,
                node.call("POST", "/api/hubs/example_chat/users/Alice/:closeConnections?reason=Be%20kind.")
                        .status());
        alice.awaitText("#state", "Disconnected: Be kind.");
        enter(alice, "Alice", "lobby");
    }

    @Test
    void pricesArriveOfThoseThatAreWatched() throws Exception {
        BrowserPage page = browser.open("http://127.0.0.1:" + node.port() + "/examples/quotes.html");
        page.awaitText("#state", "Connected");
        page.click("#LUMA input");
        awaitMember("quote.LUMA");
        quote("KITE", "9.5");
        quote("LUMA", "10");
        quote("LUMA", "8.75");
        page.awaitText("#LUMA", "8.75");
        assertTrue(page.text("#LUMA").contains("-1.25"), page.text("#LUMA"));
        assertFalse(page.text("#KITE").contains("9.5"));

        page.click("#LUMA input");
        quote("ACME", "1e999");
        quote("ACME", "null");
        quote("ACME", "3");
        page.awaitText("#ACME", "3.00");
        assertTrue(page.text("#ACME").contains("+0.00"), page.text("#ACME"));
        assertEquals(List.of(), page.complaints());
    }

    @Test
    void nothingIsWiderThanAPhone() throws Exception {
        BrowserPage quotes = browser.open("http://127.0.0.1:" + node.port() + "/examples/quotes.html");
        quotes.awaitText("#state", "Connected");
        awaitMember("quote.ACME");
        quote("ACME", "999999.25");
        quote("ACME", "1.5");
        quotes.awaitText("#ACME", "-999997.75");
        BrowserPage chat = join("Alice", "a room with quite a long name for a chat");
        say(chat, "https://example.com/" + "a".repeat(200));
        for (int width : new int[] {320, 375, 1440}) {
            assertFits(quotes, width);
            assertFits(chat, width);
        }
    }

    private static void assertFits(BrowserPage page, int width) throws IOException {
        page.resize(width, 667);
        for (String scheme : List.of("light", "dark")) {
            page.prefer(scheme);
            String shots = System.getProperty("fanfare.screenshots");
            if (shots != null) { // for people to look at
                Files.write(
                        Path.of(shots, page.evaluate("document.title").asText() + width + scheme + ".png"),
                        page.screenshot());
            }
        }
        assertEquals(
                width, page.evaluate("document.documentElement.scrollWidth").asInt(), page.text("h1"));
    }

    @Test
    void theChatStaysWhereItIsReadUntilOneGoesToTheEnd() throws Exception {
        BrowserPage alice = join("Alice", "lobby");
        JsonClient bob = node.client("Bob").hub("example_chat").mayAll().json();
        for (int i = 1; i <= 60; i++) {
            bob.publish("lobby", "line " + i + ".");
        }
        alice.awaitText("#log", "line 60.");
        assertTrue(alice.evaluate("atEnd()").asBoolean(), "what comes is followed");

        alice.evaluate("at('log').scrollTop = 100");
        bob.publish("lobby", "news.");
        alice.awaitText("#log", "news.");
        assertEquals(100, alice.evaluate("at('log').scrollTop").asInt());
        alice.awaitText("#newer", "New messages");

        alice.click("#newer");
        alice.awaitTrue("atEnd() && at('newer').hidden");
        alice.evaluate("at('log').scrollTop = 100");
        say(alice, "mine");
        assertTrue(alice.evaluate("atEnd()").asBoolean(), "what one says oneself is shown");
    }

    @Test
    void theEndOfTheChatStaysInSightWhenTheWindowGetsSmaller() throws Exception {
        BrowserPage alice = join("Alice", "lobby");
        JsonClient bob = node.client("Bob").hub("example_chat").mayAll().json();
        alice.resize(800, 900);
        for (int i = 1; i <= 60; i++) {
            bob.publish("lobby", "line " + i + ", long enough to be broken where the window is narrow.");
        }
        alice.awaitText("#log", "line 60,");
        for (int[] size : new int[][] {{800, 450}, {375, 900}, {320, 400}, {800, 900}}) {
            alice.resize(size[0], size[1]);
            alice.awaitTrue("innerWidth === " + size[0] + " && innerHeight === " + size[1] + " && atEnd()");
            assertTrue(alice.evaluate("at('newer').hidden").asBoolean(), "nothing was missed");
        }
        bob.publish("lobby", "news.");
        alice.awaitText("#log", "news.");
        assertTrue(alice.evaluate("atEnd()").asBoolean(), "what comes is still followed");

        alice.evaluate("at('log').scrollTop = 100");
        alice.awaitTrue("!following");
        alice.resize(800, 450);
        alice.awaitTrue("innerHeight === 450 && seenAt === size()");
        assertEquals(100, alice.evaluate("at('log').scrollTop").asInt());
    }

    private BrowserPage join(String name, String room) throws Exception {
        BrowserPage page = browser.open("http://127.0.0.1:" + proxy.port() + "/examples/chat.html");
        page.awaitTrue("document.readyState === 'complete' && document.title === 'Chat'");
        enter(page, name, room);
        return page;
    }

    private static void enter(BrowserPage page, String name, String room) {
        page.type("#name", name);
        page.type("#room", room);
        page.click("#door button");
        page.awaitText("#state", "In " + room + " as " + name);
    }

    private static void say(BrowserPage page, String text) {
        page.type("#text", text);
        page.pressEnter();
        page.awaitText("#log", text);
        page.awaitTrue("document.querySelectorAll('.sending').length === 0");
    }

    private void quote(String symbol, String price) {
        byte[] body = ("{\"price\":" + price + "}").getBytes(StandardCharsets.UTF_8);
        String path = "/api/hubs/example_quotes/groups/quote." + symbol + "/:send";
        assertEquals(202, node.call("POST", path, "application/json", body).status());
    }

    private void awaitMember(String group) {
        await().until(() ->
                node.call("HEAD", "/api/hubs/example_quotes/groups/" + group).status() == 200);
    }
}
