package dev.fanfare.connection;

import dev.fanfare.broker.Delivery;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.SharedFrames;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A run of messages to the same receivers, framed once per format and shard however many receive it. Lives for one
 * fan-out, on one event loop.
 */
final class Broadcast implements AutoCloseable {

    private final List<Delivery> run;
    private final Map<Subprotocol, SharedFrames> frames = new EnumMap<>(Subprotocol.class);
    private int deliveries;
    private long bytes;

    /** @param run at least one delivery, in order, all with the same target */
    Broadcast(List<Delivery> run) {
        this.run = run;
    }

    List<Delivery> run() {
        return run;
    }

    /** All messages as frames of that format. */
    SharedFrames frames(Subprotocol subprotocol, Codec codec) {
        SharedFrames shared = frames.get(subprotocol);
        if (shared == null) {
            List<Encoded> messages = run.stream()
                    .map(delivery -> delivery.encoded(subprotocol, codec))
                    .toList();
            shared = SharedFrames.of(messages);
            frames.put(subprotocol, shared);
        }
        return shared;
    }

    /** Notes that messages were handed to a socket. */
    void delivered(int messages, long length) {
        deliveries += messages;
        bytes += length;
    }

    int deliveries() {
        return deliveries;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        frames.values().forEach(SharedFrames::close);
    }
}
