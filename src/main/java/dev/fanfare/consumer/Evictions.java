package dev.fanfare.consumer;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Asks about connections of seats, and ends them, wherever they are. Any thread; the futures never fail. */
final class Evictions {

    /** How long others wait until a connection has ended: its node may be hung. */
    private static final long END_MILLIS = 2000;

    private final Broker broker;

    Evictions(Broker broker) {
        this.broker = broker;
    }

    /** Ends connections. Completes when they have ended, or after two seconds. */
    Future<Void> end(String hub, List<Seat> seats, CloseReason reason) {
        return Future.join(seats.stream()
                        .map(seat -> end(hub, seat.connectionId(), reason))
                        .toList())
                .<Void>mapEmpty()
                .timeout(END_MILLIS, TimeUnit.MILLISECONDS)
                .otherwiseEmpty();
    }

    Future<OperationResult> end(String hub, String connectionId, CloseReason reason) {
        return broker.ask(Selector.connection(hub, connectionId), new Operation.Close(reason, reason.text()))
                .otherwise(OperationResult.UNREACHABLE);
    }

    /** The ids of those connections that are known to wait for their client. */
    Future<Set<String>> waiting(String hub, List<Seat> seats) {
        Set<String> waiting = new HashSet<>();
        Future<?> asked = Future.join(seats.stream()
                .map(seat -> broker.ask(
                                Selector.connection(hub, seat.connectionId()),
                                new Operation.Show(null, 1, null, ConnectionState.WAITING, 0))
                        .otherwise(OperationResult.UNREACHABLE)
                        .onSuccess(shown -> shown.members().forEach(member -> waiting.add(member.connectionId()))))
                .toList());
        return asked.transform(all -> Future.succeededFuture(Set.copyOf(waiting)));
    }

    /** Whether it is known that no node has the connection. */
    Future<Boolean> isOver(String hub, String connectionId) {
        return broker.ask(Selector.connection(hub, connectionId), new Operation.Count())
                .otherwise(OperationResult.UNREACHABLE)
                .map(counted -> counted.matched() == 0 && counted.unreachable() == 0);
    }
}
