package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.SocketEnd;
import org.jspecify.annotations.Nullable;

/** What the end of a socket means for its connection. */
final class SocketEnds {

    private SocketEnds() {}

    static CloseReason reason(SocketEnd end) {
        return switch (end.endKind()) {
            case PEER_CLOSED -> end.code() == 1000 ? CloseReason.CLIENT_CLOSED : CloseReason.CLIENT_LEFT;
            case WE_CLOSED -> CloseReason.INTERNAL_ERROR;
            case PROTOCOL_ERROR -> CloseReason.PROTOCOL_ERROR;
            case INVALID_UTF8, CORRUPT -> CloseReason.INVALID_PAYLOAD;
            case MESSAGE_TOO_BIG, FRAME_TOO_BIG -> CloseReason.MESSAGE_TOO_BIG;
            case TOO_MANY_FRAMES -> CloseReason.TOO_MANY_FRAMES;
            case LOST -> CloseReason.CONNECTION_LOST;
            case FAULT -> CloseReason.INTERNAL_ERROR;
        };
    }

    /** Why an outbound connection lost its socket, without text that the remote chose. */
    static String explained(SocketEnd end) {
        if (end.endKind() == SocketEnd.EndKind.PEER_CLOSED) {
            return "the remote closed with " + end.code();
        }
        String text = reason(end).text();
        return end.reason().isEmpty() ? text : text + ": " + end.reason();
    }

    /** The limit that the peer exceeded; null if it was none. */
    static Metrics.@Nullable Limit limit(SocketEnd end) {
        return switch (end.endKind()) {
            case MESSAGE_TOO_BIG -> Metrics.Limit.MESSAGE_BYTES;
            case FRAME_TOO_BIG -> Metrics.Limit.FRAME_BYTES;
            case TOO_MANY_FRAMES -> Metrics.Limit.FRAMES_PER_MESSAGE;
            default -> null;
        };
    }
}
