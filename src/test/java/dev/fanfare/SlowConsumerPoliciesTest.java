package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a slow consumer gets when it reads again, by the policy of the group. */
@Timeout(60)
class SlowConsumerPoliciesTest {

    /** More than kernel and node buffer for a socket. */
    private static final int MESSAGES = 300;

    private static final String BODY = "x".repeat(64 * 1024);
    private static final String HUBS = "{\"*\": {\"groups\": ["
            + "{\"pattern\": \"newest.*\", \"slowConsumerPolicy\": \"drop-newest\"},"
            + "{\"pattern\": \"oldest.*\", \"slowConsumerPolicy\": \"drop-oldest\"},"
            + "{\"pattern\": \"latest.*\", \"slowConsumerPolicy\": \"keep-latest\"}]}}";

    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start("LIMITS_OUTBOUND_BYTES_PER_CONNECTION=1048576", "HUBS=" + HUBS);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    /** The numbered messages received, and the number of reported drops. */
    private record Found(List<Integer> numbers, int told, int notices) {}

    private Found findAfter(String group) throws Exception {
        try (JsonClient slow = node.client("slow").in(group, "end").slow().json();
                JsonClient publisher =
                        node.client("p").may("sendToGroup").in("end").json()) {
            for (int i = 0; i < MESSAGES; i++) {
                publisher.publish(group, i + ":" + BODY);
            }
            publisher.publish("end", "end");
            publisher.await(frame -> "end".equals(frame.getString("data")));
            return readToTheEnd(slow);
        }
    }

    private static Found readToTheEnd(JsonClient slow) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        int told = 0;
        int notices = 0;
        for (JsonObject frame = slow.next(); !"end".equals(frame.getString("data")); frame = slow.next()) {
            if ("messagesDropped".equals(frame.getString("event"))) {
                told += frame.getInteger("count");
                notices++;
            } else {
                String data = frame.getString("data");
                numbers.add(Integer.parseInt(data.substring(0, data.indexOf(':'))));
            }
        }
        return new Found(numbers, told, notices);
    }

    private void assertComplete(Found found, String... reasons) {
        assertTrue(found.told > 0, "nothing was dropped");
        assertTrue(found.notices > 0, "nothing was told");
        assertEquals(MESSAGES, found.numbers.size() + found.told);
        assertEquals(found.numbers.stream().sorted().distinct().toList(), found.numbers);
        double counted = 0;
        for (String reason : reasons) {
            counted += node.metric("fanfare_drops_total{reason=\"" + reason + "\"}");
        }
        assertEquals(found.told, counted);
        Awaitility.await().until(() -> node.metric("fanfare_outbound_queued_bytes") == 0);
    }

    @Test
    void theFirstMessagesWhereTheNewestAreDropped() throws Exception {
        Found found = findAfter("newest.g");
        assertComplete(found, "newest");
        assertEquals(IntStream.range(0, 10).boxed().toList(), found.numbers.subList(0, 10));
        assertTrue(found.numbers.get(found.numbers.size() - 1) < MESSAGES - 1, "the last message was not the newest");
    }

    @Test
    void theLastMessagesWhereTheOldestAreDropped() throws Exception {
        Found found = findAfter("oldest.g");
        assertComplete(found, "oldest");
        assertEquals(MESSAGES - 1, found.numbers.get(found.numbers.size() - 1));
        assertEquals(MESSAGES - 10, found.numbers.get(found.numbers.size() - 10));
    }

    @Test
    void theLatestMessageWhereOnlyThatIsKept() throws Exception {
        Found found = findAfter("latest.g");
        assertComplete(found, "superseded");
        assertEquals(MESSAGES - 1, found.numbers.get(found.numbers.size() - 1));
    }

    @Test
    void aRawClientFindsTheSameWithoutBeingTold() throws Exception {
        try (RawWebSocketClient slow =
                        node.client("slow").in("oldest.g", "end").slow().raw();
                JsonClient publisher =
                        node.client("p").may("sendToGroup").in("end").json()) {
            for (int i = 0; i < MESSAGES; i++) {
                publisher.publish("oldest.g", i + ":" + BODY);
            }
            publisher.publish("end", "end");
            publisher.await(frame -> "end".equals(frame.getString("data")));
            int received = 0;
            String last = "";
            for (String text = slow.readText(); !text.equals("end"); text = slow.readText()) {
                last = text;
                received++;
            }
            assertTrue(last.startsWith(MESSAGES - 1 + ":"), "the last one is missing");
            assertEquals(MESSAGES - received, node.metric("fanfare_drops_total{reason=\"oldest\"}"));
        }
    }
}
