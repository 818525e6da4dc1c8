package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member writes to its disk: a change of its state. A snapshot consists of records, too. Fields are added at the end
 * of a record, or of an entry, only.
 */
sealed interface StateRecord {

    /**
     * A process begins to use the disk.
     *
     * @param waiting whether it is to join others, and never to found a cluster
     */
    record DiskIdentity(String name, int incarnation, boolean waiting) implements StateRecord {}

    /** A configuration was decided. */
    record AdoptedConfiguration(Configuration configuration) implements StateRecord {}

    /** The member takes part in the decision that follows its configuration. */
    record OwnPromise(
            Ballot promised,
            Ballot acceptedBallot,
            @Nullable Configuration accepted) implements StateRecord {}

    /** A record of a partition. */
    sealed interface PartitionRecord extends StateRecord {
        int partition();
    }

    /**
     * The partition has no content any more; parts of a snapshot may follow.
     *
     * @param first the sequence of the first entry that is kept
     * @param commit the sequence of the last command in the snapshot
     */
    record ContentStart(int partition, long epoch, long first, long commit) implements PartitionRecord {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record ContentPart(int partition, byte[] bytes) implements PartitionRecord {}

    /** The snapshot is complete. */
    record ContentEnd(int partition, TimeMark mark) implements PartitionRecord {}

    /** The partition begins anew, empty. */
    record ContentBegin(int partition, String lineage, long epoch, TimeMark mark) implements PartitionRecord {}

    /**
     * Entries of the log, which replace those with the same sequences.
     *
     * @param commit the sequence up to which they are applied
     * @param kept the sequence of the first one that may be needed by another replica
     */
    record LogEntries(int partition, TimeMark mark, long commit, long kept, long first, List<ReplicationEntry> entries)
            implements PartitionRecord {}

    /** The entries behind this one are dropped. */
    record LogTruncated(int partition, long last) implements PartitionRecord {}

    /** Time has passed. */
    record TimePassed(int partition, TimeMark mark) implements PartitionRecord {}

    /**
     * How late it is.
     *
     * @param time of the partition
     * @param timeOfDay of the node
     */
    record TimeMark(long time, long timeOfDay) {}

    private static void write(WireWriter out, TimeMark mark) {
        out.writeLong(mark.time());
        out.writeLong(mark.timeOfDay());
    }

    private static TimeMark readMark(WireReader in) throws IOException {
        return new TimeMark(in.readLong(), in.readLong());
    }

    default byte[] toBytes() {
        return WireWriter.toBytes(RecordCodec.VERSION, out -> RecordCodec.write(out, this));
    }

    /** @throws IOException if these are not the bytes of a record that this release knows */
    static StateRecord of(byte[] bytes) throws IOException {
        return RecordCodec.read(WireReader.of(bytes));
    }

    /** A byte for the kind, then the fields. */
    final class RecordCodec {

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

        private RecordCodec() {}

        private static void write(WireWriter out, StateRecord record) {
            if (record instanceof DiskIdentity identity) {
                out.writeByte(IDENTITY);
                out.writeString(identity.name());
                out.writeInt(identity.incarnation());
                out.writeBoolean(identity.waiting());
            } else if (record instanceof AdoptedConfiguration adopted) {
                out.writeByte(ADOPTED);
                ConfigurationCodec.write(out, adopted.configuration());
            } else if (record instanceof OwnPromise promised) {
                out.writeByte(PROMISED);
                ConfigurationCodec.write(out, promised.promised());
                ConfigurationCodec.write(out, promised.acceptedBallot());
                ConfigurationCodec.writeOptional(out, promised.accepted());
            } else if (record instanceof PartitionRecord partition) {
                writePartition(out, partition);
            }
        }

        private static void writePartition(WireWriter out, PartitionRecord record) {
            if (record instanceof ContentStart start) {
                writeKind(out, START, record);
                out.writeLong(start.epoch());
                out.writeLong(start.first());
                out.writeLong(start.commit());
            } else if (record instanceof ContentPart part) {
                writeKind(out, PART, record);
                out.writeBytes(part.bytes());
            } else if (record instanceof ContentEnd end) {
                writeKind(out, END, record);
                StateRecord.write(out, end.mark());
            } else if (record instanceof ContentBegin begin) {
                writeKind(out, BEGIN, record);
                out.writeString(begin.lineage());
                out.writeLong(begin.epoch());
                StateRecord.write(out, begin.mark());
            } else if (record instanceof LogEntries entries) {
                writeKind(out, ENTRIES, record);
                StateRecord.write(out, entries.mark());
                out.writeLong(entries.commit());
                out.writeLong(entries.kept());
                out.writeLong(entries.first());
                out.writeList(
                        entries.entries(),
                        (list, entry) -> list.writeBlock(fields -> {
                            fields.writeLong(entry.time());
                            fields.writeBytes(entry.command());
                        }));
            } else if (record instanceof LogTruncated truncated) {
                writeKind(out, TRUNCATED, record);
                out.writeLong(truncated.last());
            } else if (record instanceof TimePassed passed) {
                writeKind(out, PASSED, record);
                StateRecord.write(out, passed.mark());
            }
        }

        private static void writeKind(WireWriter out, int kind, PartitionRecord record) {
            out.writeByte(kind);
            out.writeInt(record.partition());
        }

        private static StateRecord read(WireReader in) throws IOException {
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

        private static List<ReplicationEntry> readEntries(WireReader in) throws IOException {
            return new ArrayList<>(in.readList(list -> {
                WireReader fields = list.readBlock();
                return new ReplicationEntry(fields.readLong(), fields.readBytes());
            }));
        }
    }
}
