package dev.fanfare.socket;

import dev.fanfare.socket.SocketEnd.EndKind;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the frames of one peer (RFC 6455 section 5) from bytes that arrive in arbitrary pieces, validates them
 * strictly, and reassembles fragments. It retains no buffer of the transport, no memory between messages, and within a
 * message at most about twice the bytes that arrived; {@link SocketOptions} has the limits. Not thread-safe: used on
 * the event loop of its socket.
 */
final class FrameReader {

    /** What {@link #read} found. */
    enum ReadEvent {
        /** Nothing yet: all bytes are consumed. */
        NONE,
        /** A text message; its payload is valid UTF-8. */
        TEXT,
        BINARY,
        PING,
        PONG,
        /** The peer's close frame, see {@link #socketEnd}; nothing is read after it. */
        CLOSE,
        /** A violation of the protocol or of a limit, see {@link #socketEnd}; nothing is read after it. */
        VIOLATION
    }

    private enum Stage {
        OPCODE,
        LENGTH,
        LONG_LENGTH,
        KEY,
        PAYLOAD,
        DONE
    }

    private static final byte[] EMPTY = {};
    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int COMPRESSED = 0x40;
    private static final int MASKED = 0x80;
    private static final int CONTINUATION = 0;
    private static final int CONTROL_PAYLOAD = 125;

    /** The least capacity, in bytes, to add when a message outgrows its buffer. */
    private static final int STEP = 1024;

    private final SocketOptions options;

    private Stage stage = Stage.OPCODE;
    private int head;
    private int lengthForm;
    private int missing;
    private long length;
    private int key;
    private int position;

    private byte[] control = EMPTY;
    private byte[] message = EMPTY;
    private int size;
    private int frames;
    private boolean text;
    private boolean compressed;
    private int utf8;

    private byte[] payload = EMPTY;
    private @Nullable SocketEnd socketEnd;

    /** Messages, and control frames between messages, that have ended. Tells one unfinished message from the next. */
    private long completed = 1;

    private int fragments;
    private boolean discarding;

    FrameReader(SocketOptions options) {
        this.options = options;
    }

    /** Consumes bytes up to the next event. After any event but {@link Event#NONE} there may be more in {@code in}. */
    ReadEvent read(ByteBuf in) {
        while (stage != Stage.DONE) {
            if (stage == Stage.PAYLOAD) {
                readPayload(in);
                if (stage == Stage.PAYLOAD) {
                    return ReadEvent.NONE;
                }
                ReadEvent readEvent = stage == Stage.DONE ? ReadEvent.VIOLATION : completeFrame();
                if (readEvent != ReadEvent.NONE) {
                    return readEvent;
                }
            } else if (in.isReadable()) {
                readHeader(in.readByte() & 0xFF);
                if (stage == Stage.DONE) {
                    return ReadEvent.VIOLATION;
                }
            } else {
                return ReadEvent.NONE;
            }
        }
        in.skipBytes(in.readableBytes());
        return ReadEvent.NONE;
    }

    /** Hands over the payload of the message, ping or pong that {@link #read} just found. */
    byte[] take() {
        byte[] taken = payload;
        payload = EMPTY;
        return taken;
    }

    /** The content of the close frame, or the violation; null before either. */
    @Nullable
    SocketEnd socketEnd() {
        return socketEnd;
    }

    /** Bytes of memory held by the incomplete message. */
    int heldBytes() {
        return message.length;
    }

    /** Frames since the last call that did not complete a message. */
    int takeFragments() {
        int taken = fragments;
        fragments = 0;
        return taken;
    }

    /** 0 between messages and frames; else a number that identifies the incomplete one. */
    long unfinished() {
        return frames > 0 || (stage != Stage.OPCODE && stage != Stage.DONE) ? completed : 0;
    }

    /** Discards messages from now on, including an incomplete one: only the close frame matters. */
    void discard() {
        discarding = true;
        message = EMPTY;
    }

    private void readHeader(int octet) {
        switch (stage) {
            case OPCODE -> readOpcode(octet);
            case LENGTH -> readLength(octet);
            case LONG_LENGTH -> readLongLength(octet);
            default -> readKey(octet);
        }
    }

    private void readOpcode(int octet) {
        head = octet;
        stage = Stage.LENGTH;
        boolean open = frames > 0;
        if ((octet & RESERVED) != 0 && !beginsCompressed(octet)) {
            violate("A reserved bit is set");
        } else if (isControl()) {
            if (opcode() > FrameWriter.PONG) {
                violate("Reserved opcode");
            } else if (!isFinal()) {
                violate("A control frame must not be fragmented");
            }
        } else if (opcode() > FrameWriter.BINARY) {
            violate("Reserved opcode");
        } else if (opcode() == CONTINUATION && !open) {
            violate("Nothing to continue");
        } else if (opcode() != CONTINUATION && open) {
            violate("The message before is not complete");
        }
    }

    /** RFC 7692 section 6.1: the first frame of a message marks it as compressed. */
    private boolean beginsCompressed(int octet) {
        return options.inflater() != null
                && (octet & RESERVED) == COMPRESSED
                && (opcode() == FrameWriter.TEXT || opcode() == FrameWriter.BINARY);
    }

    private void readLength(int octet) {
        boolean masked = (octet & MASKED) != 0;
        if (masked == options.masked()) {
            violate(masked ? "Frames of a server are not masked" : "Frames of a client are masked");
            return;
        }
        key = 0;
        lengthForm = octet & 0x7F;
        if (lengthForm <= CONTROL_PAYLOAD) {
            length = lengthForm;
            checkLength();
        } else if (isControl()) {
            violate("The payload of a control frame has at most 125 bytes");
        } else {
            length = 0;
            missing = lengthForm == 126 ? Short.BYTES : Long.BYTES;
            stage = Stage.LONG_LENGTH;
        }
    }

    private void readLongLength(int octet) {
        length = (length << Byte.SIZE) | octet;
        if (--missing > 0) {
            return;
        }
        if (length < 0) {
            violate("The highest bit of a length must be 0");
        } else if (length <= (lengthForm == 126 ? CONTROL_PAYLOAD : 0xFFFF)) {
            violate("A length takes as few bytes as possible");
        } else {
            checkLength();
        }
    }

    /** Rejects a frame by its length, before any of its payload arrives. */
    private void checkLength() {
        if (isControl()) {
            control = length == 0 ? EMPTY : new byte[(int) length];
        } else if (length > options.limits().frameBytes()) {
            fail(EndKind.FRAME_TOO_BIG, ClosePayload.TOO_BIG, "Frame too big");
            return;
        } else if (size + length > options.limits().messageBytes()) {
            fail(EndKind.MESSAGE_TOO_BIG, ClosePayload.TOO_BIG, "Message too big");
            return;
        } else if (frames == options.limits().framesPerMessage()) {
            fail(EndKind.TOO_MANY_FRAMES, ClosePayload.TOO_BIG, "Too many fragments");
            return;
        } else if (frames++ == 0) {
            text = opcode() == FrameWriter.TEXT;
            compressed = (head & COMPRESSED) != 0;
            utf8 = Utf8Validator.COMPLETE;
        }
        position = 0;
        missing = Integer.BYTES;
        stage = options.masked() ? Stage.PAYLOAD : Stage.KEY;
    }

    private void readKey(int octet) {
        key = (key << Byte.SIZE) | octet;
        if (--missing == 0) {
            stage = Stage.PAYLOAD;
        }
    }

    private void readPayload(ByteBuf in) {
        int count = (int) Math.min(in.readableBytes(), length - position);
        if (discarding && !isControl()) {
            skip(in, count);
            return;
        }
        byte[] into = isControl() ? control : ensureCapacity(count);
        int at = isControl() ? position : size;
        in.readBytes(into, at, count);
        if (key != 0) {
            Mask.apply(key, position, into, at, count);
        }
        position += count;
        if (!isControl()) {
            size += count;
            if (text && !compressed) {
                utf8 = Utf8Validator.next(utf8, into, at, size);
            }
        }
        if (utf8 == Utf8Validator.INVALID) {
            fail(EndKind.INVALID_UTF8, ClosePayload.INVALID_UTF8, "A text message is not UTF-8");
        } else if (position == length) {
            stage = Stage.OPCODE;
        }
    }

    private void skip(ByteBuf in, int count) {
        in.skipBytes(count);
        position += count;
        size += count;
        if (position == length) {
            stage = Stage.OPCODE;
        }
    }

    /** The array of the message, with room for {@code count} more bytes. */
    private byte[] ensureCapacity(int count) {
        int needed = size + count;
        if (needed > message.length) {
            long ahead = Math.max(STEP, 2L * message.length);
            long most = isFinal() ? size + length - position : options.limits().messageBytes();
            message = Arrays.copyOf(message, (int) Math.max(needed, Math.min(most, ahead)));
        }
        return message;
    }

    private ReadEvent completeFrame() {
        if (isControl()) {
            return completeControl();
        }
        if (discarding && isFinal()) {
            endMessage();
        }
        if (discarding || !isFinal()) {
            fragments++;
            return ReadEvent.NONE;
        }
        if (compressed && !inflate()) {
            return ReadEvent.VIOLATION;
        }
        if (utf8 != Utf8Validator.COMPLETE) {
            fail(EndKind.INVALID_UTF8, ClosePayload.INVALID_UTF8, "A text message ends within a character");
            return ReadEvent.VIOLATION;
        }
        payload = size == message.length ? message : Arrays.copyOf(message, size);
        endMessage();
        return text ? ReadEvent.TEXT : ReadEvent.BINARY;
    }

    private void endMessage() {
        message = EMPTY;
        size = 0;
        frames = 0;
        completed++;
    }

    private boolean inflate() {
        try {
            message = Objects.requireNonNull(options.inflater()).inflate(message, size, text);
            size = message.length;
            return true;
        } catch (MessageInflater.NotUtf8 notUtf8) {
            fail(EndKind.INVALID_UTF8, ClosePayload.INVALID_UTF8, "A text message is not UTF-8");
        } catch (MessageInflater.TooBig tooBig) {
            fail(EndKind.MESSAGE_TOO_BIG, ClosePayload.TOO_BIG, "Message too big");
        } catch (DataFormatException corrupt) {
            fail(EndKind.CORRUPT, ClosePayload.INVALID_DATA, "A compressed message cannot be inflated");
        }
        return false;
    }

    private ReadEvent completeControl() {
        payload = control;
        control = EMPTY;
        if (frames == 0) {
            completed++;
        }
        if (opcode() != FrameWriter.CLOSE) {
            return opcode() == FrameWriter.PING ? ReadEvent.PING : ReadEvent.PONG;
        }
        SocketEnd parsed = ClosePayload.parse(take());
        end(parsed);
        return parsed.endKind() == EndKind.PEER_CLOSED ? ReadEvent.CLOSE : ReadEvent.VIOLATION;
    }

    private int opcode() {
        return head & 0x0F;
    }

    private boolean isControl() {
        return (head & 0x08) != 0;
    }

    private boolean isFinal() {
        return (head & FIN) != 0;
    }

    private void violate(String reason) {
        fail(EndKind.PROTOCOL_ERROR, ClosePayload.PROTOCOL_ERROR, reason);
    }

    private void fail(EndKind endKind, int code, String reason) {
        end(new SocketEnd(endKind, code, reason));
    }

    private void end(SocketEnd how) {
        socketEnd = how;
        stage = Stage.DONE;
        message = EMPTY;
    }
}
