package dev.fanfare.shard;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.FakeSocket;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Entry points of a shard fail where they are called from another thread, if assertions are enabled. */
final class ShardThreadTest {

    @Test
    void entryPointsRejectOtherThreads() throws Exception {
        assumeTrue(Shard.class.desiredAssertionStatus(), "needs -ea");
        try (Shards shards = new Shards(1)) {
            InboundEntry entry =
                    Shards.get(shards.enter(0, Subprotocol.JSON, null, "group").future());
            Connection connection = entry.connection();
            Shard shard = shards.shard(0);
            FakeSocket socket = new FakeSocket(Runnable::run);
            Claim claim = new Claim(Shards.HUB, "id", "token", Subprotocol.JSON_RELIABLE);

            Map<String, Executable> calls = new LinkedHashMap<>();
            calls.put("start", shard::start);
            calls.put("stop", () -> shard.stop(0, 0, false));
            calls.put("recover", () -> shard.recover(claim, socket));
            calls.put("attach", () -> entry.attach(socket));
            calls.put("abandon", entry::abandon);
            calls.put(
                    "publish", () -> shard.publisher().publish(Selector.group(Shards.HUB, "group"), Shards.text("x")));
            calls.put("sweep", shard::sweep);
            calls.put("join", () -> connection.memberships().join("other"));
            calls.put("leave", () -> connection.memberships().leave("group"));
            calls.put("received", () -> connection.received(true, new byte[0]));
            calls.put("disconnect", () -> connection.disconnect(CloseReason.SILENT));
            calls.put("end", () -> connection.end(CloseReason.CLOSED_BY_API, ""));
            calls.put("release", () -> shard.recovery().release(connection.connectionId()));
            calls.forEach((name, call) -> assertThrows(AssertionError.class, call, name));

            shards.on(0, () -> {
                entry.abandon();
                return true;
            });
            shards.awaitNothingLeft();
        }
    }
}
