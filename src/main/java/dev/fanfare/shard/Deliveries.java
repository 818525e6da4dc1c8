package dev.fanfare.shard;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.group.Members;
import dev.fanfare.delivery.Broadcast;
import dev.fanfare.delivery.FanOuts;
import dev.fanfare.recovery.LastSequences;
import dev.fanfare.socket.MessageDeflater;
import dev.fanfare.socket.NextTick;
import java.util.List;
import java.util.Map;

/**
 * Delivers what arrives at a shard to its connections. Confined to the shard's thread. What is kept for them is bounded by
 * {@link MemoryPressure}. See {@code src/docs/decisions/0010} (fan-out in slices) and {@code 0011} (memory).
 */
final class Deliveries {

    private static final Members<Connection> NO_MEMBERS = new Members<>("", "");

    private final ShardContext context;
    private final ConnectionTable connections;
    private final GroupTable groups;
    private final MemoryPressure memoryPressure;
    private final MessageDeflater deflater;
    private final FanOuts<Connection> fanOuts;
    private final LastSequences lastSequences = new LastSequences();

    Deliveries(
            ShardContext context,
            ConnectionTable connections,
            GroupTable groups,
            MemoryPressure memoryPressure,
            NextTick nextTick) {
        this.context = context;
        this.connections = connections;
        this.groups = groups;
        this.memoryPressure = memoryPressure;
        this.deflater = new MessageDeflater(context.metrics());
        this.fanOuts = new FanOuts<>(
                this::deliver,
                slice -> nextTick.next(() -> context.guarded(slice)),
                context.subscriptions()::settled,
                this::fanOutDone);
    }

    /** The number of the latest fan-out. */
    long latestFanOut() {
        return fanOuts.latest();
    }

    /** Delivers the fan-outs in progress to a connection, before something later or its handover. */
    void catchUp(Connection connection) {
        fanOuts.catchUp(connection);
    }

    /** Starts the fan-out of a run with one target. Returns the number of receivers served in this turn. */
    int fanOut(List<Delivery> run, long weight, boolean last) {
        assert context.onThread();
        Broadcast broadcast;
        Members<Connection> receivers;
        try {
            for (Delivery delivery : run) {
                lastSequences.note(delivery.publication());
            }
            broadcast = broadcast(run, last);
            receivers = receivers(broadcast.target());
        } catch (RuntimeException | Error bug) {
            run.forEach(Delivery::release);
            context.subscriptions().settled(weight);
            throw bug;
        }
        return fanOuts.start(receivers, broadcast, weight);
    }

    private Members<Connection> receivers(Selector target) {
        if (target.connectionId() == null) {
            Members<Connection> members = groups.members(target);
            return members == null ? NO_MEMBERS : members;
        }
        Connection connection = connections.find(target.connectionId());
        if (connection == null || !connection.session().hub().equals(target.hub())) {
            return NO_MEMBERS;
        }
        Members<Connection> one = new Members<>("", "");
        one.add(connection);
        return one;
    }

    private void deliver(Connection connection, Broadcast broadcast) {
        try {
            if (Operations.chosen(connection, broadcast.target())) {
                connection.deliver(broadcast);
            }
        } catch (RuntimeException | Error bug) { // as guarded(), without an allocation per member
            broadcast.failed();
            context.report(bug);
        }
    }

    private void fanOutDone(Broadcast broadcast) {
        try {
            delivered(broadcast);
        } finally {
            broadcast.run().forEach(Delivery::release);
        }
    }

    /** Delivers a message to one connection of this shard. */
    void offer(Connection connection, Delivery delivery) {
        assert context.onThread();
        try (Broadcast broadcast = broadcast(List.of(delivery), false)) {
            connection.offer(broadcast);
            delivered(broadcast);
        }
    }

    private void delivered(Broadcast broadcast) {
        context.metrics().delivered(broadcast.deliveries(), broadcast.bytes());
        context.metrics().saved(broadcast.saved());
        memoryPressure.check();
    }

    private Broadcast broadcast(List<Delivery> run, boolean last) {
        String hub = run.get(0).publication().target().hub();
        return new Broadcast(run, context.hub(hub), deflater, last);
    }

    /** Whether the fan-out of this publication, or of a later one of the same publisher, has started here. */
    boolean hasProcessed(Publication publication) {
        return lastSequences.isProcessed(publication);
    }

    /** For each publisher, the sequence of its last publication whose fan-out has started here. */
    Map<Long, Long> lastSequences() {
        return lastSequences.snapshot();
    }

    /** Forgets publishers that have published nothing since the last but one call. */
    void age() {
        lastSequences.age();
    }

    /** Releases native memory. Nothing may be delivered any more. */
    void close() {
        deflater.close();
    }
}
