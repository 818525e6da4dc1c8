package dev.fanfare.store.cluster;

import dev.fanfare.store.replica.Envelope;
import dev.fanfare.store.replica.MessageCodec;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * The store's messages between nodes, over the event bus: each node has an address. They are plain buffers, which nodes of
 * every release can receive. What is malformed, of an unknown kind, or from no member is counted and skipped. On one context.
 */
final class StoreLink {

    private static final String ADDRESS = "fanfare.store.";

    private final Context context;
    private final EventBus bus;
    private final ToIntFunction<String> versions;
    private final Consumer<Envelope> receiver;
    private final StoreTraffic traffic;
    private final MessageConsumer<Object> consumer;
    private final Map<String, StoreOutbox> outboxes = new HashMap<>();
    private Set<String> members = Set.of();
    private boolean flushing;

    /**
     * @param versions in which the messages to a node are written
     * @param receiver of messages from members, on the context
     */
    StoreLink(
            Vertx vertx,
            Context context,
            String nodeId,
            ToIntFunction<String> versions,
            Consumer<Envelope> receiver,
            StoreTraffic traffic) {
        this.context = context;
        this.bus = vertx.eventBus();
        this.versions = versions;
        this.receiver = receiver;
        this.traffic = traffic;
        this.consumer = bus.consumer(ADDRESS + nodeId, this::received);
    }

    /** Nodes that are there; nothing is sent to others, nor taken from them. */
    void members(List<String> nodes) {
        members = new HashSet<>(nodes);
        outboxes.keySet().retainAll(members);
    }

    void send(String node, Envelope envelope) {
        if (!members.contains(node)) {
            return;
        }
        outboxes.computeIfAbsent(node, this::outbox).add(envelope, versions.applyAsInt(node));
        if (!flushing) {
            flushing = true;
            context.runOnContext(turn -> flush());
        }
    }

    private StoreOutbox outbox(String node) {
        return new StoreOutbox(bus.sender(ADDRESS + node), traffic);
    }

    private void flush() {
        flushing = false;
        outboxes.forEach((node, outbox) -> {
            if (!outbox.isEmpty()) {
                outbox.flush(versions.applyAsInt(node));
            }
        });
    }

    private void received(Message<Object> message) {
        if (message.body() instanceof Buffer frame) {
            traffic.countReceived(frame.length());
            EnvelopeFrame.read(frame, new EnvelopeFrame.Visitor() {
                @Override
                public void envelope(byte[] bytes) {
                    received(bytes);
                }

                @Override
                public void malformed() {
                    traffic.countSkipped(StoreTraffic.SkipReason.MALFORMED);
                }
            });
        } else {
            traffic.countSkipped(StoreTraffic.SkipReason.MALFORMED);
        }
    }

    private void received(byte[] bytes) {
        Envelope envelope;
        try {
            envelope = MessageCodec.decode(bytes);
        } catch (IOException e) {
            traffic.countSkipped(StoreTraffic.SkipReason.MALFORMED);
            return;
        }
        if (envelope == null) {
            traffic.countSkipped(StoreTraffic.SkipReason.UNKNOWN);
        } else if (members.contains(envelope.sender())) {
            receiver.accept(envelope);
        } else {
            traffic.countSkipped(StoreTraffic.SkipReason.NOT_MEMBER);
        }
    }

    Future<Void> close() {
        return consumer.unregister();
    }
}
