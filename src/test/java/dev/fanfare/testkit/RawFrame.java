package dev.fanfare.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One WebSocket frame as it is on the wire, valid or not.
 *
 * @param fin the FIN bit
 * @param rsv the three reserved bits, 0 to 7
 * @param opcode 0 to 15
 * @param payload unmasked
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere as a record
public record RawFrame(boolean fin, int rsv, int opcode, byte[] payload) {

    public static final int CONTINUATION = 0;
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;

    private static final byte[] KEY = {0x37, (byte) 0xFA, 0x21, 0x3D};

    /** An unfragmented frame without reserved bits. */
    public static RawFrame of(int opcode, byte[] payload) {
        return new RawFrame(true, 0, opcode, payload);
    }

    /** An unfragmented text frame. */
    public static RawFrame text(String text) {
        return of(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A close frame with a code and a reason. */
    public static RawFrame close(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[2 + text.length];
        payload[0] = (byte) (code >> 8);
        payload[1] = (byte) code;
        System.arraycopy(text, 0, payload, 2, text.length);
        return of(CLOSE, payload);
    }

    /** This frame without FIN. */
    public RawFrame unfinished() {
        return new RawFrame(false, rsv, opcode, payload);
    }

    /** The payload as UTF-8. */
    public String payloadText() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** The code of a close frame, 1005 for none. */
    public int closeCode() {
        return payload.length < 2 ? 1005 : ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
    }

    /** The frame as a client sends it. */
    public byte[] masked() {
        return masked(payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8);
    }

    /**
     * The frame as a client sends it.
     *
     * @param lengthBytes how many bytes after the second one hold the length: 0, 2 or 8, minimal or not
     */
    public byte[] masked(int lengthBytes) {
        ByteArrayOutputStream out = head(0x80, lengthBytes);
        out.writeBytes(KEY);
        byte[] body = payload.clone();
        for (int i = 0; i < body.length; i++) {
            body[i] ^= KEY[i & 3];
        }
        out.writeBytes(body);
        return out.toByteArray();
    }

    /** The frame as a server sends it. */
    public byte[] unmasked() {
        ByteArrayOutputStream out = head(0, payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8);
        out.writeBytes(payload);
        return out.toByteArray();
    }

    private ByteArrayOutputStream head(int maskBit, int lengthBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write((fin ? 0x80 : 0) | (rsv << 4) | opcode);
        out.write(maskBit | (lengthBytes == 0 ? payload.length : lengthBytes == 2 ? 126 : 127));
        for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8) {
            out.write((int) ((long) payload.length >> shift));
        }
        return out;
    }

    @Override
    public String toString() {
        byte[] start = Arrays.copyOf(payload, Math.min(16, payload.length));
        return "fin=%s rsv=%d opcode=%d length=%d %s"
                .formatted(fin, rsv, opcode, payload.length, Arrays.toString(start));
    }
}
