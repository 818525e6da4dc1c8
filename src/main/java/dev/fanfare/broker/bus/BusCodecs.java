package dev.fanfare.broker.bus;

import dev.fanfare.broker.handover.HandoverWire;
import dev.fanfare.broker.routing.RoutingWire;
import dev.fanfare.broker.wire.Wire;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The codecs of the broker's messages: by reference inside a node, as bytes between nodes. */
final class BusCodecs {

    /** Short names, since they are sent with each message. */
    static final String LOCAL = "ff.l";

    static final String REMOTE = "ff.e";
    static final String OPERATION = "ff.q";
    static final String RESULT = "ff.a";
    static final String ROUTING = "ff.v";
    static final String HELLO = "ff.h";
    static final String HANDOVER = "ff.m";
    static final String NOTE = "ff.n";

    private BusCodecs() {}

    /** Registers the codecs, and turns off those that would instantiate any class the sender names. */
    static void register(EventBus bus) {
        bus.serializableChecker(name -> false);
        bus.clusterSerializableChecker(name -> false);
        bus.registerCodec(new BusCodec<Detour>(LOCAL, null, null));
        bus.registerCodec(new BusCodec<>(REMOTE, Wire::writeEnvelope, Wire::readEnvelope));
        bus.registerCodec(new BusCodec<>(OPERATION, Wire::writeAsk, Wire::readAsk));
        bus.registerCodec(new BusCodec<>(RESULT, Wire::writeAnswer, Wire::readAnswer));
        bus.registerCodec(new BusCodec<>(ROUTING, RoutingWire::write, RoutingWire::read));
        bus.registerCodec(new BusCodec<>(HANDOVER, HandoverWire::write, HandoverWire::read));
        bus.registerCodec(new BusCodec<>(HELLO, RoutingWire::writeHello, RoutingWire::readHello));
        bus.registerCodec(new BusCodec<>(NOTE, Wire::writeNote, Wire::readNote));
    }

    /** Writes a value. */
    interface Writer<T> {
        void write(DataOutput out, T value) throws IOException;
    }

    /** Reads what a {@link Writer} wrote. */
    interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    /** Without writer and reader for messages that never leave the node. What cannot be decoded arrives as null. */
    record BusCodec<T>(
            String name,
            @Nullable Writer<T> writer,
            @Nullable Reader<T> reader) implements MessageCodec<T, T> {

        /** Version of the whole format; a node refuses any other. */
        static final byte VERSION = 1;

        @Override
        public void encodeToWire(Buffer buffer, T value) {
            Writer<T> out = writer;
            if (out == null) {
                throw new IllegalStateException("codec=" + name + " is local to a node");
            }
            byte[] bytes = Wire.toBytes(body -> out.write(body, value));
            buffer.appendByte(VERSION).appendInt(bytes.length).appendBytes(bytes);
        }

        @Override
        public @Nullable T decodeFromWire(int position, Buffer buffer) {
            Reader<T> in = reader;
            int start = position + Byte.BYTES + Integer.BYTES;
            if (in == null || buffer.length() < start || buffer.getByte(position) != VERSION) {
                return null;
            }
            int length = buffer.getInt(position + Byte.BYTES);
            if (length < 0 || length != buffer.length() - start) {
                return null;
            }
            try (DataInputStream body = Wire.input(buffer.getBytes(start, start + length))) {
                T value = in.read(body);
                return body.read() < 0 ? value : null;
            } catch (IOException | IllegalArgumentException e) {
                return null;
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
