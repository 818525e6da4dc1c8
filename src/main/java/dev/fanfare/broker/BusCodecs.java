package dev.fanfare.broker;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;

/** How the broker's messages travel on the bus: by reference inside a node, as bytes between nodes. */
final class BusCodecs {

    /** Short names: they go on the wire with each message. */
    static final String ENVELOPE = "ff.e";

    static final String ASK = "ff.q";
    static final String ANSWER = "ff.a";

    private BusCodecs() {}

    /** Makes the bus know the codecs; once per bus. */
    static void register(EventBus bus) {
        bus.registerCodec(new Codec<Envelope>(
                ENVELOPE,
                (out, envelope) -> Wire.writePublication(out, envelope.publication()),
                in -> new Envelope(Wire.readPublication(in), null)));
        bus.registerCodec(new Codec<Ask>(ASK, Wire::writeAsk, Wire::readAsk));
        bus.registerCodec(new Codec<Answer>(ANSWER, Wire::writeAnswer, Wire::readAnswer));
    }

    /** Writes a value. */
    private interface Writer<T> {
        void write(DataOutput out, T value) throws IOException;
    }

    /** Reads what a {@link Writer} wrote. */
    private interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    private record Codec<T>(String name, Writer<T> writer, Reader<T> reader) implements MessageCodec<T, T> {

        @Override
        public void encodeToWire(Buffer buffer, T value) {
            byte[] bytes = Wire.toBytes(out -> writer.write(out, value));
            buffer.appendInt(bytes.length).appendBytes(bytes);
        }

        @Override
        public T decodeFromWire(int position, Buffer buffer) {
            int start = position + Integer.BYTES;
            byte[] bytes = buffer.getBytes(start, start + buffer.getInt(position));
            try {
                return reader.read(Wire.input(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException("codec=" + name + " cannot read " + bytes.length + " bytes", e);
            }
        }

        @Override
        public T transform(T value) {
            return value;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
