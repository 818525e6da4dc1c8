package dev.fanfare.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigLoader;
import dev.fanfare.config.HubSettings;
import dev.fanfare.config.Hubs;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.Session;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.socket.MessageDeflater;
import dev.fanfare.socket.SharedFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlainOutboxTest implements DeliveryContext {

    private static final int LARGE = QueuedMessage.SHARED_BODY;

    private final Retention retention = new Retention();
    private final List<PlainOutbox> outboxes = new ArrayList<>();
    private final List<FakeSocket> sockets = new ArrayList<>();

    @AfterEach
    void everythingIsReleased() {
        outboxes.forEach(outbox -> outbox.close(ErrorCode.CONNECTIVITY));
        assertEquals(0, retention.bytes());
    }

    @Test
    void slowConsumersShareOneFrameOfAMessage() throws ConfigException {
        slowConsumers(3);
        publish("a".repeat(LARGE));
        publish("b".repeat(LARGE));

        pump();

        List<SharedFrames> first = sockets.get(0).sharedFrames();
        assertEquals(2, first.size());
        for (int i = 0; i < 3; i++) {
            assertEquals(List.of("aaa", "bbb"), received(i));
        }
        for (int message = 0; message < 2; message++) {
            assertSame(first.get(message), sockets.get(1).sharedFrames().get(message));
            assertSame(first.get(message), sockets.get(2).sharedFrames().get(message));
        }
    }

    @Test
    void aSharedFrameCountsUntilItsLastHolder() throws ConfigException {
        slowConsumers(2);
        publish("a".repeat(LARGE));
        long queued = retention.bytes();

        sockets.get(0).writable(true);
        outboxes.get(0).pump(sockets.get(0));

        assertTrue(retention.bytes() > queued + LARGE - 100, () -> "retained=" + retention.bytes());
        outboxes.get(1).close(ErrorCode.CONNECTIVITY);
        assertEquals(0, retention.bytes());
    }

    @Test
    void aSingleSlowConsumerNeedsNoSharedFrame() throws ConfigException {
        slowConsumers(1);
        publish("a".repeat(LARGE));

        pump();

        assertEquals(List.of("aaa"), received(0));
        assertEquals(List.of(), sockets.get(0).sharedFrames());
    }

    @Test
    void smallMessagesAreCopied() throws ConfigException {
        slowConsumers(2);
        publish("aaa");

        pump();

        assertEquals(List.of("aaa"), received(1));
        assertEquals(List.of(), sockets.get(1).sharedFrames());
    }

    private void slowConsumers(int count) {
        for (int i = 0; i < count; i++) {
            FakeSocket socket = new FakeSocket(Runnable::run);
            socket.writable(false);
            sockets.add(socket);
            outboxes.add(new PlainOutbox(session(), this, outboundBytesPerConnection(), null));
        }
    }

    private void publish(String text) throws ConfigException {
        Message message = Message.toGroup("g", null, Payload.text(text), Map.of(), Message.NEVER);
        Delivery delivery = new Delivery(new Publication(Selector.group("chat", "g"), message, 1, 1));
        HubSettings hub = new Hubs(ConfigLoader.load(null, Map.of())).of("chat");
        try (Broadcast broadcast = new Broadcast(List.of(delivery), hub, new MessageDeflater(Metrics.NONE), true)) {
            for (int i = 0; i < outboxes.size(); i++) {
                assertNull(outboxes.get(i).offer(broadcast, sockets.get(i), null));
            }
        }
    }

    private void pump() {
        for (int i = 0; i < outboxes.size(); i++) {
            sockets.get(i).writable(true);
            outboxes.get(i).pump(sockets.get(i));
        }
    }

    /** The first three characters of the data of each message. */
    private List<String> received(int socket) {
        return sockets.get(socket).frames().stream()
                .map(frame -> frame.substring(frame.indexOf("\"data\":\"") + 8).substring(0, 3))
                .toList();
    }

    private static Session session() {
        return new Session(
                new Identity("c1", "chat", "alice", ConnectionType.INBOUND, "/", Subprotocol.JSON, 0),
                JsonCodec.PLAIN,
                new Permissions(List.of()),
                new AckIds(10),
                null,
                new EventState());
    }

    @Override
    public boolean onThread() {
        return true;
    }

    @Override
    public Metrics metrics() {
        return Metrics.NONE;
    }

    @Override
    public Retention retention() {
        return retention;
    }

    @Override
    public long wallMillis() {
        return 0;
    }

    @Override
    public int outboundBytesPerConnection() {
        return 1 << 20;
    }

    @Override
    public byte[] tail() {
        return new byte[0];
    }
}
