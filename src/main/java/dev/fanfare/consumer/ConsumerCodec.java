package dev.fanfare.consumer;

import dev.fanfare.core.Fingerprint;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import org.jspecify.annotations.Nullable;

/** The value of a record in the store. Fields are only ever appended. */
final class ConsumerCodec {

    private static final int VERSION = WireVersions.OURS.oldest();

    private ConsumerCodec() {}

    static byte[] write(ConsumerRecord consumer) {
        return WireWriter.toBytes(VERSION, out -> {
            out.writeString(consumer.hub());
            out.writeString(consumer.id());
            ConsumerRecord.Registration registration = consumer.registration();
            out.writeBoolean(registration != null);
            if (registration != null) {
                out.writeBlock(block -> {
                    block.writeLong(registration.token().high());
                    block.writeLong(registration.token().low());
                    block.writeLong(registration.registeredAtMillis());
                    block.writeLong(registration.expiresAtMillis());
                });
            }
            out.writeLong(consumer.lastSeenMillis());
            out.writeList(
                    consumer.seats(),
                    (each, seat) -> each.writeBlock(block -> {
                        block.writeString(seat.nodeId());
                        block.writeString(seat.connectionId());
                        block.writeLong(seat.sinceMillis());
                    }));
        });
    }

    static ConsumerRecord read(byte[] value) throws WireException {
        WireReader in = WireReader.of(value);
        return new ConsumerRecord(
                in.readString(),
                in.readString(),
                in.readBoolean() ? registration(in.readBlock()) : null,
                in.readLong(),
                in.readList(each -> seat(each.readBlock())));
    }

    private static ConsumerRecord.@Nullable Registration registration(WireReader in) throws WireException {
        return new ConsumerRecord.Registration(
                new Fingerprint(in.readLong(), in.readLong()), in.readLong(), in.readLong());
    }

    private static Seat seat(WireReader in) throws WireException {
        return new Seat(in.readString(), in.readString(), in.readLong());
    }
}
