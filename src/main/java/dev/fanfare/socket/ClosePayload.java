package dev.fanfare.socket;

import dev.fanfare.core.CloseReason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The payload of close frames (RFC 6455 sections 5.5.1 and 7.4). */
final class ClosePayload {

    static final int NORMAL = 1000;
    static final int PROTOCOL_ERROR = 1002;
    static final int NO_CODE = 1005;
    static final int LOST = 1006;
    static final int INVALID_UTF8 = 1007;
    static final int INVALID_DATA = 1007;
    static final int TOO_BIG = 1009;
    static final int FAULT = 1011;

    private static final int REASON_BYTES = 123;

    private ClosePayload() {}

    /** Whether an endpoint may put this code into a close frame. */
    static boolean mayBeSent(int code) {
        return CloseReason.maySend(code);
    }

    /** Parses the peer's close frame; the result says how it violates the protocol, if it does. */
    static SocketEnd parse(byte[] payload) {
        if (payload.length == 0) {
            return new SocketEnd(SocketEnd.EndKind.PEER_CLOSED, NO_CODE, "");
        }
        if (payload.length == 1) {
            return new SocketEnd(SocketEnd.EndKind.PROTOCOL_ERROR, PROTOCOL_ERROR, "A close code has two bytes");
        }
        int code = ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
        if (!mayBeSent(code)) {
            return new SocketEnd(SocketEnd.EndKind.PROTOCOL_ERROR, PROTOCOL_ERROR, "Invalid close code");
        }
        if (Utf8Validator.next(Utf8Validator.COMPLETE, payload, 2, payload.length) != Utf8Validator.COMPLETE) {
            return new SocketEnd(SocketEnd.EndKind.INVALID_UTF8, INVALID_UTF8, "The close reason is not UTF-8");
        }
        return new SocketEnd(
                SocketEnd.EndKind.PEER_CLOSED,
                code,
                new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
    }

    /** The payload for a code and a reason; the reason is truncated to 123 bytes, at a character boundary. */
    static byte[] of(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        int length = text.length;
        if (length > REASON_BYTES) {
            length = REASON_BYTES;
            while ((text[length] & 0xC0) == 0x80) {
                length--;
            }
        }
        byte[] payload = Arrays.copyOf(new byte[] {(byte) (code >> 8), (byte) code}, 2 + length);
        System.arraycopy(text, 0, payload, 2, length);
        return payload;
    }
}
