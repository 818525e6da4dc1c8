package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.socket.SharedFrames;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reliable members of one group that joined one after the other, so that their sequence ids differ. */
class SequencesTest {

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(1);
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, SharedFrames.SMALL_BODY + 1})
    void eachMemberCountsForItselfWhateverTheOthersHaveHad(int length) throws Exception {
        Broker.Origin origin = shards.origin();
        List<FakeSocket> members = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            // Two at a time, so that some have equal sequence ids.
            members.add(shards.open(0, Subprotocol.JSON_RELIABLE, null, "g"));
            members.add(shards.open(0, Subprotocol.JSON_RELIABLE, null, "g"));
            origin.publish(Selector.group(Shards.HUB, "g"), Shards.text(i + ":" + "x".repeat(length)));
            await().until(() -> shards.broker.inFlightBytes() == 0);
        }
        for (int member = 0; member < members.size(); member++) {
            int first = member / 2;
            List<String> frames = members.get(member).frames();
            assertEquals(12 - first, frames.size() - 1);
            for (int i = first; i < 12; i++) {
                JsonObject frame = new JsonObject(frames.get(1 + i - first));
                assertEquals(i - first + 1, frame.getInteger("sequenceId"));
                assertEquals(i + ":" + "x".repeat(length), frame.getString("data"));
            }
        }
    }
}
