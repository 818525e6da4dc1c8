package dev.fanfare.broker.handover;

import dev.fanfare.broker.routing.RoutingWire;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireRecord;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.fuzz.FuzzSeeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Messages between nodes, sessions among them: what is read is written so that it is read as the same. */
public final class NodeMessagesFuzz {

    private static final List<MessageForm<?>> FORMS = List.of(
            new MessageForm<>("publications", Wire::writePublication, Wire::readPublication),
            new MessageForm<>("envelopes", Wire::writeEnvelope, Wire::readEnvelope),
            new MessageForm<>("operations", Wire::writeAsk, Wire::readAsk),
            new MessageForm<>("results", Wire::writeAnswer, Wire::readAnswer),
            new MessageForm<>("routing", RoutingWire::write, RoutingWire::read),
            new MessageForm<>("hello", RoutingWire::writeHello, RoutingWire::readHello),
            new MessageForm<>("handover", HandoverWire::write, HandoverWire::read),
            new MessageForm<>("note", Wire::writeNote, Wire::readNote));

    private NodeMessagesFuzz() {}

    private record MessageForm<T>(String file, WireRecord.Writer<T> writer, WireRecord.Reader<T> reader) {

        void check(byte[] bytes) {
            T message;
            try {
                message = reader.read(WireReader.of(bytes));
            } catch (WireException refused) {
                return;
            }
            byte[] written = write(message);
            try {
                byte[] again = write(reader.read(WireReader.of(written)));
                if (!Arrays.equals(written, again)) {
                    throw new AssertionError(file + " changes: " + message);
                }
            } catch (WireException e) {
                throw new AssertionError(file + " cannot be read again: " + message, e);
            }
        }

        private byte[] write(T message) {
            return WireWriter.toBytes(WireVersions.OURS.current(), out -> writer.write(out, message));
        }
    }

    /** @param data the first byte is the form */
    public static void run(byte[] data) {
        if (data.length > 0) {
            FORMS.get((data[0] & 0xFF) % FORMS.size()).check(Arrays.copyOfRange(data, 1, data.length));
        }
    }

    /** The recorded messages of the first version. */
    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (int i = 0; i < FORMS.size(); i++) {
            seeds.addAll(FuzzSeeds.messages(i, FORMS.get(i).file()));
        }
        return seeds;
    }
}
