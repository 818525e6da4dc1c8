package dev.fanfare.store.replica;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a member says to others, and to itself. What others rely on is sent when everything is on the disk that was written before.
 * Pure: no thread, no clock.
 */
final class MemberOutbox {

    private final String self;
    private final Leases leases;
    private final DurableWrites writes;
    private final BiConsumer<String, Envelope> network;
    private final Queue<ReplicaMessage> own = new ArrayDeque<>();

    /** @param network takes a node, and what is for it; it may be lost */
    MemberOutbox(String self, Leases leases, DurableWrites writes, BiConsumer<String, Envelope> network) {
        this.self = self;
        this.leases = leases;
        this.writes = writes;
        this.network = network;
    }

    /** Sends a message to a member, perhaps to this one. */
    void send(String member, ReplicaMessage message, long now) {
        switch (message.reliance()) {
            case NONE -> transmit(member, message);
            case PROMISE -> {
                if (!writes.isCrowded()) {
                    transmitWhenWritten(member, message, now);
                }
            }
            case VOTE -> {
                if (writes.isFailing() && !MemberId.isSame(member, self)) {
                    transmit(member, message);
                } else {
                    transmitWhenWritten(member, message, now);
                }
            }
        }
    }

    /** Sends a message to whatever member is at a node. */
    void sendToNode(String node, ReplicaMessage message) {
        network.accept(node, new Envelope(self, "", message));
    }

    /** The next message to this member itself; null for none. */
    @Nullable
    ReplicaMessage takeOwn() {
        return own.poll();
    }

    private void transmitWhenWritten(String member, ReplicaMessage message, long now) {
        writes.whenWritten(at -> transmit(member, message), now);
    }

    private void transmit(String member, ReplicaMessage message) {
        if (MemberId.isSame(member, self)) {
            own.add(message);
            return;
        }
        String successor = message.isForSuccessor() ? leases.present(member) : null;
        String to = successor == null ? member : successor;
        network.accept(MemberId.nodeOf(to), new Envelope(self, to, message));
    }
}
