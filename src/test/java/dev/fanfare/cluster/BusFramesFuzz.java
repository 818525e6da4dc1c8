package dev.fanfare.cluster;

import dev.fanfare.fuzz.FuzzSeeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Bytes on the port of the event bus: they are accepted or refused in whatever pieces they arrive. */
public final class BusFramesFuzz {

    private static final int MAX_LENGTH = 100_000;

    private BusFramesFuzz() {}

    /** @param data the first byte is the size of pieces */
    public static void run(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
        int piece = 1 + (data[0] & 0xFF);
        if (accepts(bytes, Math.max(1, bytes.length)) != accepts(bytes, piece)) {
            throw new AssertionError("pieces of " + piece + " differ");
        }
    }

    private static boolean accepts(byte[] bytes, int piece) {
        BusFrames frames = new BusFrames(MAX_LENGTH, remote -> {});
        for (int from = 0; from < bytes.length; from += piece) {
            if (!frames.accepts(ByteBuffer.wrap(bytes, from, Math.min(piece, bytes.length - from)))) {
                return false;
            }
        }
        return true;
    }

    /** A frame of a named codec, one of bytes, and one of a failure. */
    public static List<byte[]> seeds() {
        String address = "00" + "00000001" + "61" + "00000000" + "00000001" + "62";
        return List.of(
                frame("01ff" + "00000004" + "66662e65" + address + "00000004" + "01" + "00000001" + "07"),
                frame("010c" + address + "00000004" + "00000002" + "0102"),
                frame("010f" + address + "00000004" + "01" + "00000007" + "01" + "00000002" + "6e6f"));
    }

    private static byte[] frame(String hex) {
        byte[] content = HexFormat.of().parseHex(hex);
        return FuzzSeeds.joined(
                new byte[] {3},
                ByteBuffer.allocate(Integer.BYTES).putInt(content.length).array(),
                content);
    }
}
