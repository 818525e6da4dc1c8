package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.ops.Metrics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The dialling side of an outbound connection: its parameters and status. Confined to the shard's thread. */
final class Remote {

    private final OutboundOpening opening;
    private final Metrics metrics;
    private ConnectionState state = ConnectionState.CLOSED;
    private int attempts;
    private @Nullable String lastError;
    private long messageAtMillis;

    Remote(OutboundOpening opening, Metrics metrics) {
        this.opening = opening;
        this.metrics = metrics;
        changeState(ConnectionState.CONNECTING);
    }

    ConnectionState state() {
        return state;
    }

    /** Dial attempts since the connection was last open; 0 while it is open. */
    int attempts() {
        return attempts;
    }

    /** Why the last attempt failed or the last socket ended; null before the first failure. */
    @Nullable
    String lastError() {
        return lastError;
    }

    /** The groups that the remote's messages go to; empty if they are events. */
    List<String> relay() {
        return opening.exchange().relay();
    }

    List<Encoded> onOpen() {
        return opening.exchange().onOpen();
    }

    void dialling(int count) {
        attempts = count;
        changeState(ConnectionState.CONNECTING);
    }

    void opened(long now) {
        attempts = 0;
        messageAtMillis = now;
        changeState(ConnectionState.OPEN);
    }

    /** The remote sent a message. */
    void messageReceived(long now) {
        messageAtMillis = now;
    }

    /** Whether the remote has exceeded its idle time. */
    boolean idle(long now) {
        return opening.exchange().idleMillis() > 0
                && now - messageAtMillis >= opening.exchange().idleMillis();
    }

    void failed(ErrorCode code, String text) {
        lastError = code.restName() + ": " + text;
        changeState(ConnectionState.WAITING);
    }

    /** The socket is gone: requests another one. */
    void lost(ErrorCode code, String text) {
        failed(code, text);
        opening.socketOpener().lost();
    }

    void ended(CloseReason reason) {
        changeState(ConnectionState.CLOSED);
        opening.socketOpener().ended(reason);
    }

    private void changeState(ConnectionState next) {
        metrics.outboundState(state, next);
        state = next;
    }
}
