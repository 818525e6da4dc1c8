package dev.fanfare.cluster;

import dev.fanfare.socket.InboundCheck;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Checks the frames of one connection of the bus before Vert.x reads them, which trusts every length in them and allocates
 * as many bytes: a few bytes of a peer would end the process. A frame is a length and that many bytes; of these it checks the
 * length of the whole and of each string and body in it.
 */
final class BusFrames implements InboundCheck {

    /** What precedes the body of a frame is much shorter, with headers, too. */
    static final int MAX_HEAD = 32 * 1024;

    private static final int FIRST_HEAD = 512;
    private static final int USER_CODEC = -1;

    /** The length of the headers counts itself. */
    private static final int NO_HEADERS = Integer.BYTES;

    /** Codecs of Vert.x whose bodies have a fixed length. */
    private static final int LAST_FIXED_CODEC = 8;

    private static final int STRING_CODEC = 9;
    private static final int CHAR_CODEC = 10;
    private static final int BUFFER_CODEC = 11;
    private static final int BYTES_CODEC = 12;
    private static final int OBJECT_CODEC = 13;
    private static final int ARRAY_CODEC = 14;
    private static final int FAILURE_CODEC = 15;

    private final int maxLength;
    private final Consumer<String> onRefused;

    /** The first bytes of the frame, or those of its length. */
    private byte[] head = new byte[FIRST_HEAD];

    private int headLength;

    /** Of the frame whose bytes come next; 0 while its length is read. */
    private int length;

    /** Bytes of the frame that have not come yet. */
    private int missing;

    /**
     * @param maxLength of a frame, without its length
     * @param onRefused called with the address of the peer when the connection is closed; must not block
     */
    BusFrames(int maxLength, Consumer<String> onRefused) {
        this.maxLength = maxLength;
        this.onRefused = onRefused;
    }

    /** The longest frame that a process with so much heap accepts: it needs several copies of it. */
    static int maxLength(long heapBytes) {
        return (int) Math.min(heapBytes / 4, Integer.MAX_VALUE);
    }

    @Override
    public boolean accepts(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int wanted = length == 0 ? Integer.BYTES - headLength : Math.min(length, MAX_HEAD) - headLength;
            int read = Math.min(wanted, bytes.remaining());
            if (length == 0) {
                append(bytes, read);
                if (read == wanted && !begin()) {
                    return false;
                }
                continue;
            }
            int rest = Math.min(missing, bytes.remaining()) - read;
            append(bytes, read);
            if (read > 0 && read == wanted && !isWellFormed()) {
                return false;
            }
            bytes.position(bytes.position() + rest);
            missing -= read + rest;
            if (missing == 0) {
                length = 0;
                headLength = 0;
            }
        }
        return true;
    }

    @Override
    public void refused(String remote) {
        onRefused.accept(remote);
    }

    private void append(ByteBuffer bytes, int count) {
        if (headLength + count > head.length) {
            head = Arrays.copyOf(head, Math.min(MAX_HEAD, Math.max(2 * head.length, headLength + count)));
        }
        bytes.get(head, headLength, count);
        headLength += count;
    }

    /** The length of the next frame is known. */
    private boolean begin() {
        length = ByteBuffer.wrap(head).getInt();
        missing = length;
        headLength = 0;
        return length > 0 && length <= maxLength;
    }

    /** Whether all lengths in the frame are right; its beginning is known. */
    private boolean isWellFormed() {
        Fields fields = new Fields();
        fields.skip(1); // the version
        int codec = fields.nextByte();
        if (codec == USER_CODEC) {
            fields.skipBlock();
        }
        fields.skip(1); // whether it is sent or published
        fields.skipBlock(); // the address
        fields.skipBlock(); // where to reply
        fields.skipBlock(); // the sender
        int headers = fields.nextInt();
        if (headers != NO_HEADERS) {
            int end = fields.position - Integer.BYTES + headers;
            for (int count = fields.nextInt(); count > 0 && !fields.wrong; count--) {
                fields.skipBlock();
                fields.skipBlock();
            }
            fields.wrong |= end != fields.position;
        }
        return !fields.wrong && hasBody(codec, fields);
    }

    private static boolean hasBody(int codec, Fields fields) {
        switch (codec) {
            case STRING_CODEC, BUFFER_CODEC, BYTES_CODEC, OBJECT_CODEC, ARRAY_CODEC -> fields.checkBlock();
            case FAILURE_CODEC -> {
                fields.skip(1 + Integer.BYTES);
                if (fields.nextByte() != 0) {
                    fields.checkBlock();
                }
            }
            default -> fields.wrong |= codec < USER_CODEC || (codec > LAST_FIXED_CODEC && codec != CHAR_CODEC);
        }
        return !fields.wrong;
    }

    /** Reads the first bytes of the frame. Once something is wrong it stays wrong, and everything reads as 0. */
    private final class Fields {

        private final ByteBuffer bytes = ByteBuffer.wrap(head, 0, headLength);
        private int position;
        private boolean wrong;

        private boolean has(int count) {
            wrong |= count < 0 || count > headLength - position;
            return !wrong;
        }

        void skip(int count) {
            if (has(count)) {
                position += count;
            }
        }

        int nextByte() {
            skip(1);
            return wrong ? 0 : bytes.get(position - 1);
        }

        int nextInt() {
            skip(Integer.BYTES);
            return wrong ? 0 : bytes.getInt(position - Integer.BYTES);
        }

        /** A length and that many bytes. */
        void skipBlock() {
            skip(nextInt());
        }

        /** The same, which need not be among the first bytes of the frame. */
        void checkBlock() {
            int count = nextInt();
            wrong |= count < 0 || count > length - position;
        }
    }
}
