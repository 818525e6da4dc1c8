package dev.fanfare.socket;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates messages of clients (RFC 7692 section 7.2.2), each independently, bounded in bytes and in the ratio by which
 * a message may grow. Inflating stops as soon as the message proves too big or not UTF-8. One instance serves all
 * sockets of an event loop, since no state is kept between messages. Not thread-safe.
 */
public final class MessageInflater {

    /** Messages up to this size may have any ratio. */
    private static final int HARMLESS = 64 * 1024;

    private static final int FIRST_STEP = 1024;

    /** Inflated bytes between two checks. */
    private static final int STEP = 16 * 1024;

    /**
     * The flush mark that messages omit, then an empty final block, which shows whether the message ended at a block
     * boundary.
     */
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF, 1, 0, 0, (byte) 0xFF, (byte) 0xFF};

    private static final int LAST_BLOCK = 5;

    private final int maxBytes;
    private final int maxRatio;
    private final CompressionMeter meter;
    private final Inflater inflater = new Inflater(true);

    /** Inflated bytes of the message so far. */
    private int size;

    /**
     * @param maxBytes the size limit of an inflated message
     * @param maxRatio inflated bytes allowed per compressed byte, for messages of more than 64 KiB
     */
    public MessageInflater(int maxBytes, int maxRatio, CompressionMeter meter) {
        this.maxBytes = maxBytes;
        this.maxRatio = maxRatio;
        this.meter = meter;
    }

    /** A message that would be larger than allowed. */
    static final class TooBig extends Exception {
        private static final long serialVersionUID = 1;

        TooBig() {
            super("The message is too big when it is inflated", null, false, false);
        }
    }

    /** A text message that is not UTF-8. */
    static final class NotUtf8 extends Exception {
        private static final long serialVersionUID = 1;

        NotUtf8() {
            super("The message is not UTF-8 when it is inflated", null, false, false);
        }
    }

    /**
     * Inflates a message.
     *
     * @param length of the compressed bytes at the beginning of {@code compressed}
     * @param text whether it has to be UTF-8
     * @throws DataFormatException if the bytes are not a valid deflate stream
     */
    byte[] inflate(byte[] compressed, int length, boolean text) throws DataFormatException, TooBig, NotUtf8 {
        long begin = System.nanoTime();
        size = 0;
        try {
            return run(compressed, length, text);
        } finally {
            meter.inflated(length, size, System.nanoTime() - begin);
        }
    }

    private byte[] run(byte[] compressed, int length, boolean text) throws DataFormatException, TooBig, NotUtf8 {
        inflater.reset();
        inflater.setInput(compressed, 0, length);
        int most = (int) Math.min(maxBytes, Math.max(HARMLESS, (long) length * maxRatio));
        byte[] message = new byte[Math.min(most + 1, Math.max(FIRST_STEP, 4 * Math.min(length, HARMLESS)))];
        int utf8 = Utf8Validator.COMPLETE;
        boolean tail = false;
        while (true) {
            int count = inflater.inflate(message, size, Math.min(STEP, message.length - size));
            utf8 = text ? next(utf8, message, count) : utf8;
            size += count;
            if (size > most) {
                throw new TooBig();
            }
            if (size == message.length) {
                message = Arrays.copyOf(message, (int) Math.min(most + 1L, 2L * size));
            } else if (inflater.finished() || inflater.needsDictionary()) {
                break;
            } else if (count == 0 && inflater.needsInput()) {
                if (tail) {
                    break; // within a block
                }
                tail = true;
                inflater.setInput(TAIL);
            }
        }
        requireWhole(tail);
        if (utf8 != Utf8Validator.COMPLETE) {
            throw new NotUtf8();
        }
        return size == message.length ? message : Arrays.copyOf(message, size);
    }

    /** Validates the bytes inflated last. */
    private int next(int utf8, byte[] message, int count) throws NotUtf8 {
        int state = Utf8Validator.next(utf8, message, size, size + count);
        if (state == Utf8Validator.INVALID) {
            throw new NotUtf8();
        }
        return state;
    }

    /**
     * A message ends with a whole block. It may be marked as final (RFC 7692 section 7.2.3.4); then only the first byte
     * of an empty block may follow.
     */
    private void requireWhole(boolean tail) throws DataFormatException {
        int rest = inflater.getRemaining();
        boolean whole = tail ? rest == 0 || rest == LAST_BLOCK : rest <= 1;
        if (!inflater.finished() || !whole) {
            throw new DataFormatException("Not a deflated message");
        }
    }
}
