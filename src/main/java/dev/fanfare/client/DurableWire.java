package dev.fanfare.client;

import dev.fanfare.client.DurableMessage.Declared;
import dev.fanfare.client.DurableMessage.Status;
import dev.fanfare.client.DurableMessage.StatusEntry;
import dev.fanfare.client.DurableMessage.Withdrawn;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;

/** The encoding of a {@link DurableMessage}: its kind, and the components in their order. */
final class DurableWire {

    private DurableWire() {}

    static void write(WireWriter out, DurableMessage message) {
        out.writeByte(message.kind());
        message.write(out);
    }

    static DurableMessage read(WireReader in) throws WireException {
        int kind = in.readByte();
        return switch (kind) {
            case Status.KIND ->
                new Status(in.readBoolean(), in.readBoolean(), in.readList(each -> readEntry(each.readBlock())));
            case Declared.KIND -> new Declared(readKey(in), in.readLong(), in.readString());
            case Withdrawn.KIND -> new Withdrawn(readKey(in), in.readLong());
            default -> throw WireException.unknownKind("durable " + kind);
        };
    }

    private static StatusEntry readEntry(WireReader in) throws WireException {
        return new StatusEntry(readKey(in), in.readLong(), in.readBoolean(), in.readBoolean());
    }

    private static DurableKey readKey(WireReader in) throws WireException {
        return new DurableKey(in.readString(), in.readString());
    }
}
