package dev.fanfare.broker.bus;

import dev.fanfare.broker.handover.HandoverWire;
import dev.fanfare.broker.routing.RoutingWire;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

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
        bus.registerCodec(new LocalCodec());
        bus.registerCodec(new BusCodec<>(REMOTE, MessageKind.PUBLICATION, Wire::writeEnvelope, Wire::readEnvelope));
        bus.registerCodec(new BusCodec<>(OPERATION, MessageKind.OPERATION, Wire::writeAsk, Wire::readAsk));
        bus.registerCodec(new BusCodec<>(RESULT, MessageKind.RESULT, Wire::writeAnswer, Wire::readAnswer));
        bus.registerCodec(new BusCodec<>(ROUTING, MessageKind.ROUTING, RoutingWire::write, RoutingWire::read));
        bus.registerCodec(new BusCodec<>(HANDOVER, MessageKind.HANDOVER, HandoverWire::write, HandoverWire::read));
        bus.registerCodec(new BusCodec<>(HELLO, MessageKind.HELLO, RoutingWire::writeHello, RoutingWire::readHello));
        bus.registerCodec(new BusCodec<>(NOTE, MessageKind.NOTE, Wire::writeNote, Wire::readNote));
    }

    /** Writes a value. */
    interface Writer<T> {
        void write(WireWriter out, T value);
    }

    /** Reads what a {@link Writer} wrote. */
    interface Reader<T> {
        T read(WireReader in) throws WireException;
    }

    /**
     * A message between nodes: the version of the protocol in which it is written, its length, and its fields. What cannot
     * be read arrives as {@link Unread}.
     */
    record BusCodec<T>(String name, MessageKind messageKind, Writer<T> writer, Reader<T> reader)
            implements MessageCodec<Framed<T>, Object> {

        @Override
        public void encodeToWire(Buffer buffer, Framed<T> framed) {
            byte[] bytes = WireWriter.toBytes(framed.version(), out -> writer.write(out, framed.value()));
            buffer.appendByte((byte) framed.version()).appendInt(bytes.length).appendBytes(bytes);
        }

        @Override
        public Object decodeFromWire(int position, Buffer buffer) {
            int start = position + Byte.BYTES + Integer.BYTES;
            if (buffer.length() < start) {
                return new Unread(messageKind, false);
            }
            int version = buffer.getByte(position) & 0xff;
            int length = buffer.getInt(position + Byte.BYTES);
            if (version == WireVersions.NONE || length < 0 || length > buffer.length() - start) {
                return new Unread(messageKind, false);
            }
            try {
                return new Framed<>(reader.read(WireReader.of(buffer.getBytes(start, start + length))), version);
            } catch (WireException e) {
                return new Unread(messageKind, e.isUnknownKind());
            }
        }

        @Override
        public Object transform(Framed<T> framed) {
            return framed;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    /** A message that never leaves its node. */
    static final class LocalCodec implements MessageCodec<Detour, Object> {

        @Override
        public void encodeToWire(Buffer buffer, Detour detour) {
            throw new IllegalStateException("codec=" + LOCAL + " is local to a node");
        }

        @Override
        public Object decodeFromWire(int position, Buffer buffer) {
            return new Unread(MessageKind.PUBLICATION, false);
        }

        @Override
        public Detour transform(Detour detour) {
            return detour;
        }

        @Override
        public String name() {
            return LOCAL;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
