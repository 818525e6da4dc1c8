package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import dev.fanfare.store.replica.StateRecord.AdoptedConfiguration;
import dev.fanfare.store.replica.StateRecord.ContentBegin;
import dev.fanfare.store.replica.StateRecord.ContentEnd;
import dev.fanfare.store.replica.StateRecord.ContentPart;
import dev.fanfare.store.replica.StateRecord.ContentStart;
import dev.fanfare.store.replica.StateRecord.DiskIdentity;
import dev.fanfare.store.replica.StateRecord.LogEntries;
import dev.fanfare.store.replica.StateRecord.LogTruncated;
import dev.fanfare.store.replica.StateRecord.OwnPromise;
import dev.fanfare.store.replica.StateRecord.PartitionRecord;
import dev.fanfare.store.replica.StateRecord.PartitionRecordVisitor;
import dev.fanfare.store.replica.StateRecord.StateRecordVisitor;
import dev.fanfare.store.replica.StateRecord.TimeMark;
import dev.fanfare.store.replica.StateRecord.TimePassed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Records as bytes: a byte for the kind, then the fields. */
final class StateRecordCodec {

    private static final int VERSION = 1;
    private static final int IDENTITY = 1;
    private static final int ADOPTED = 2;
    private static final int PROMISED = 3;
    private static final int START = 4;
    private static final int PART = 5;
    private static final int END = 6;
    private static final int BEGIN = 7;
    private static final int ENTRIES = 8;
    private static final int TRUNCATED = 9;
    private static final int PASSED = 10;

    private StateRecordCodec() {}

    static byte[] encode(StateRecord record) {
        return WireWriter.toBytes(VERSION, out -> record.accept(new RecordEncoder(out)));
    }

    /** @throws IOException if these are not the bytes of a record that this release knows */
    static StateRecord decode(byte[] bytes) throws IOException {
        WireReader in = WireReader.of(bytes);
        int kind = in.readByte();
        return switch (kind) {
            case IDENTITY -> new DiskIdentity(in.readString(), in.readInt(), in.readBoolean());
            case ADOPTED -> new AdoptedConfiguration(ConfigurationCodec.read(in));
            case PROMISED ->
                new OwnPromise(
                        ConfigurationCodec.readBallot(in),
                        ConfigurationCodec.readBallot(in),
                        ConfigurationCodec.readOptional(in));
            case START -> new ContentStart(in.readInt(), in.readLong(), in.readLong(), in.readLong());
            case PART -> new ContentPart(in.readInt(), in.readBytes());
            case END -> new ContentEnd(in.readInt(), readMark(in));
            case BEGIN -> new ContentBegin(in.readInt(), in.readString(), in.readLong(), readMark(in));
            case ENTRIES ->
                new LogEntries(
                        in.readInt(), readMark(in), in.readLong(), in.readLong(), in.readLong(), readEntries(in));
            case TRUNCATED -> new LogTruncated(in.readInt(), in.readLong());
            case PASSED -> new TimePassed(in.readInt(), readMark(in));
            default -> throw new IOException("a record of a kind that this release does not know: " + kind);
        };
    }

    private static TimeMark readMark(WireReader in) throws IOException {
        return new TimeMark(in.readLong(), in.readLong());
    }

    private static List<ReplicationEntry> readEntries(WireReader in) throws IOException {
        return new ArrayList<>(in.readList(list -> {
            WireReader fields = list.readBlock();
            return new ReplicationEntry(fields.readLong(), fields.readBytes());
        }));
    }

    private record RecordEncoder(WireWriter out) implements StateRecordVisitor, PartitionRecordVisitor {

        @Override
        public void on(DiskIdentity identity) {
            out.writeByte(IDENTITY);
            out.writeString(identity.name());
            out.writeInt(identity.incarnation());
            out.writeBoolean(identity.waiting());
        }

        @Override
        public void on(AdoptedConfiguration adopted) {
            out.writeByte(ADOPTED);
            ConfigurationCodec.write(out, adopted.configuration());
        }

        @Override
        public void on(OwnPromise promise) {
            out.writeByte(PROMISED);
            ConfigurationCodec.write(out, promise.promised());
            ConfigurationCodec.write(out, promise.acceptedBallot());
            ConfigurationCodec.writeOptional(out, promise.accepted());
        }

        @Override
        public void on(PartitionRecord record) {
            record.accept((PartitionRecordVisitor) this);
        }

        @Override
        public void on(ContentStart start) {
            write(START, start);
            out.writeLong(start.epoch());
            out.writeLong(start.first());
            out.writeLong(start.commit());
        }

        @Override
        public void on(ContentPart part) {
            write(PART, part);
            out.writeBytes(part.bytes());
        }

        @Override
        public void on(ContentEnd end) {
            write(END, end);
            write(end.mark());
        }

        @Override
        public void on(ContentBegin begin) {
            write(BEGIN, begin);
            out.writeString(begin.lineage());
            out.writeLong(begin.epoch());
            write(begin.mark());
        }

        @Override
        public void on(LogEntries entries) {
            write(ENTRIES, entries);
            write(entries.mark());
            out.writeLong(entries.commit());
            out.writeLong(entries.kept());
            out.writeLong(entries.first());
            out.writeList(
                    entries.entries(),
                    (list, entry) -> list.writeBlock(fields -> {
                        fields.writeLong(entry.time());
                        fields.writeBytes(entry.command());
                    }));
        }

        @Override
        public void on(LogTruncated truncated) {
            write(TRUNCATED, truncated);
            out.writeLong(truncated.last());
        }

        @Override
        public void on(TimePassed passed) {
            write(PASSED, passed);
            write(passed.mark());
        }

        private void write(int kind, PartitionRecord record) {
            out.writeByte(kind);
            out.writeInt(record.partition());
        }

        private void write(TimeMark mark) {
            out.writeLong(mark.time());
            out.writeLong(mark.timeOfDay());
        }
    }
}
