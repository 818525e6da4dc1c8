package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import dev.fanfare.store.replica.ReplicaMessage.RequestStatus;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Envelopes as bytes: sender, receiver, a byte for the kind, then the fields of the message, big-endian. Fields are added at the
 * end of a message, of a configuration, or of an entry only: readers skip what they do not know.
 */
public final class MessageCodec {

    private static final int MAX_ITEMS = 1 << 20;

    private static final int HEARTBEAT = 1;
    private static final int HEARTBEAT_ACK = 2;
    private static final int PREPARE = 3;
    private static final int PROMISE = 4;
    private static final int ACCEPT = 5;
    private static final int ACCEPTED = 6;
    private static final int REFUSED = 7;
    private static final int DECIDED = 8;
    private static final int IN_SYNC = 9;
    private static final int REPLICATE = 10;
    private static final int REPLICATE_ACK = 11;
    private static final int SNAPSHOT_PART = 12;
    private static final int SNAPSHOT_ACK = 13;
    private static final int REQUEST = 14;
    private static final int REPLY = 15;
    private static final int WATCH_REGISTRATION = 16;
    private static final int WATCH_CHANGES = 17;
    private static final int WATCH_CHANGES_ACK = 18;

    private MessageCodec() {}

    private interface FieldWriter {
        void write(DataOutputStream out) throws IOException;
    }

    /** The bytes of an envelope. */
    public static byte[] encode(Envelope envelope) {
        return toBytes(out -> {
            out.writeUTF(envelope.from());
            out.writeUTF(envelope.to());
            write(out, envelope.message());
        });
    }

    /**
     * The envelope; null if its message is of a kind that this release does not know.
     *
     * @throws IOException if these are not the bytes of an envelope
     */
    public static @Nullable Envelope decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        try {
            String from = in.readUTF();
            String to = in.readUTF();
            ReplicaMessage message = read(in);
            return message == null ? null : new Envelope(from, to, message);
        } catch (IllegalArgumentException e) {
            throw new IOException("not an envelope: " + e.getMessage(), e);
        }
    }

    private static byte[] toBytes(FieldWriter fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try {
            fields.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, ReplicaMessage message) throws IOException {
        if (message instanceof ReplicaMessage.MemberHeartbeat heartbeat) {
            out.writeByte(HEARTBEAT);
            out.writeUTF(heartbeat.lineage());
            out.writeLong(heartbeat.number());
            out.writeInt(heartbeat.members());
            out.writeLong(heartbeat.sentAt());
            out.writeBoolean(heartbeat.leaving());
            out.writeLong(heartbeat.bytes());
            out.writeLong(heartbeat.maxBytes());
            out.writeBoolean(heartbeat.serving());
            out.writeBoolean(heartbeat.failing());
            out.writeBoolean(heartbeat.waiting());
        } else if (message instanceof ReplicaMessage.HeartbeatAck ack) {
            out.writeByte(HEARTBEAT_ACK);
            out.writeUTF(ack.lineage());
            out.writeLong(ack.number());
            out.writeLong(ack.sentAt());
            out.writeBoolean(ack.granted());
            out.writeBoolean(ack.undecided());
            writeNames(out, new TreeSet<>(ack.dead()));
        } else if (message instanceof ReplicaMessage.InSync report) {
            out.writeByte(IN_SYNC);
            out.writeInt(report.partition());
            out.writeLong(report.term());
            out.writeUTF(report.learner());
        } else if (message instanceof ReplicaMessage.StoreRequest request) {
            out.writeByte(REQUEST);
            out.writeLong(request.id());
            out.writeInt(request.partition());
            out.writeBoolean(request.query());
            writeBytes(out, request.body());
        } else if (message instanceof ReplicaMessage.RequestReply reply) {
            out.writeByte(REPLY);
            out.writeLong(reply.id());
            out.writeUTF(reply.status().name());
            writeBytes(out, reply.body());
        } else if (message instanceof ReplicaMessage.WatchRegistration registration) {
            out.writeByte(WATCH_REGISTRATION);
            out.writeInt(registration.watches().size());
            for (ReplicaMessage.WatchedKeys keys : registration.watches()) {
                out.writeLong(keys.watch());
                writeBytes(out, keys.prefix().getBytes(StandardCharsets.UTF_8));
            }
        } else if (message instanceof ReplicaMessage.WatchChanges changes) {
            out.writeByte(WATCH_CHANGES);
            out.writeLong(changes.number());
            out.writeInt(changes.changes().size());
            for (ReplicaMessage.WatchChange change : changes.changes()) {
                out.writeLong(change.watch());
                out.writeInt(change.partitions().size());
                for (int partition : change.partitions()) {
                    out.writeShort(partition);
                }
            }
        } else if (message instanceof ReplicaMessage.WatchChangesAck ack) {
            out.writeByte(WATCH_CHANGES_ACK);
            out.writeLong(ack.number());
        } else if (message instanceof ReplicaMessage.Replication replication) {
            writeReplication(out, replication);
        } else {
            writeConsensus(out, message);
        }
    }

    private static void writeConsensus(DataOutputStream out, ReplicaMessage message) throws IOException {
        if (message instanceof ReplicaMessage.Prepare prepare) {
            out.writeByte(PREPARE);
            out.writeLong(prepare.number());
            writeBallot(out, prepare.ballot());
            writeNames(out, new TreeSet<>(prepare.excluded()));
            out.writeBoolean(prepare.complete());
        } else if (message instanceof ReplicaMessage.Promise promise) {
            out.writeByte(PROMISE);
            out.writeLong(promise.number());
            writeBallot(out, promise.ballot());
            writeBallot(out, promise.acceptedBallot());
            Configuration accepted = promise.accepted();
            writeBytes(out, accepted == null ? new byte[0] : toBytes(fields -> writeConfiguration(fields, accepted)));
        } else if (message instanceof ReplicaMessage.Accept accept) {
            out.writeByte(ACCEPT);
            out.writeLong(accept.number());
            writeBallot(out, accept.ballot());
            writeBytes(out, toBytes(fields -> writeConfiguration(fields, accept.value())));
        } else if (message instanceof ReplicaMessage.AcceptAck accepted) {
            out.writeByte(ACCEPTED);
            out.writeLong(accepted.number());
            writeBallot(out, accepted.ballot());
        } else if (message instanceof ReplicaMessage.PrepareRefused refused) {
            out.writeByte(REFUSED);
            out.writeLong(refused.number());
            writeBallot(out, refused.ballot());
            writeBallot(out, refused.promised());
        } else if (message instanceof ReplicaMessage.Decided decided) {
            out.writeByte(DECIDED);
            writeBytes(out, toBytes(fields -> writeConfiguration(fields, decided.configuration())));
        }
    }

    private static void writeReplication(DataOutputStream out, ReplicaMessage.Replication message) throws IOException {
        if (message instanceof ReplicaMessage.Replicate replicate) {
            writeKind(out, REPLICATE, message);
            out.writeLong(replicate.round());
            out.writeLong(replicate.time());
            out.writeLong(replicate.tailEnd());
            out.writeLong(replicate.commit());
            out.writeLong(replicate.stable());
            out.writeLong(replicate.first());
            out.writeInt(replicate.entries().size());
            for (ReplicationEntry entry : replicate.entries()) {
                out.writeInt(Long.BYTES + Integer.BYTES + entry.command().length);
                out.writeLong(entry.time());
                writeBytes(out, entry.command());
            }
        } else if (message instanceof ReplicaMessage.ReplicateAck ack) {
            writeKind(out, REPLICATE_ACK, message);
            out.writeLong(ack.round());
            out.writeLong(ack.matched());
            out.writeLong(ack.commit());
            out.writeBoolean(ack.gap());
        } else if (message instanceof ReplicaMessage.SnapshotPart part) {
            writeKind(out, SNAPSHOT_PART, message);
            out.writeLong(part.transfer());
            out.writeInt(part.index());
            out.writeBoolean(part.last());
            out.writeLong(part.sequence());
            out.writeLong(part.time());
            writeBytes(out, part.bytes());
        } else if (message instanceof ReplicaMessage.SnapshotAck ack) {
            writeKind(out, SNAPSHOT_ACK, message);
            out.writeLong(ack.transfer());
            out.writeInt(ack.next());
        }
    }

    private static void writeKind(DataOutputStream out, int kind, ReplicaMessage.Replication message)
            throws IOException {
        out.writeByte(kind);
        out.writeInt(message.partition());
        out.writeLong(message.term());
    }

    private static @Nullable ReplicaMessage read(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case HEARTBEAT ->
                new ReplicaMessage.MemberHeartbeat(
                        in.readUTF(),
                        in.readLong(),
                        in.readInt(),
                        in.readLong(),
                        in.readBoolean(),
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean(),
                        in.readBoolean(),
                        in.readBoolean());
            case HEARTBEAT_ACK ->
                new ReplicaMessage.HeartbeatAck(
                        in.readUTF(),
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean(),
                        in.readBoolean(),
                        new TreeSet<>(readNames(in)));
            case IN_SYNC -> new ReplicaMessage.InSync(in.readInt(), in.readLong(), in.readUTF());
            case REQUEST ->
                new ReplicaMessage.StoreRequest(in.readLong(), in.readInt(), in.readBoolean(), readBytes(in));
            case REPLY ->
                new ReplicaMessage.RequestReply(in.readLong(), RequestStatus.valueOf(in.readUTF()), readBytes(in));
            case PREPARE ->
                new ReplicaMessage.Prepare(
                        in.readLong(), readBallot(in), new TreeSet<>(readNames(in)), in.readBoolean());
            case PROMISE ->
                new ReplicaMessage.Promise(
                        in.readLong(), readBallot(in), readBallot(in), readConfiguration(readBytes(in)));
            case ACCEPT -> new ReplicaMessage.Accept(in.readLong(), readBallot(in), readDecided(in));
            case ACCEPTED -> new ReplicaMessage.AcceptAck(in.readLong(), readBallot(in));
            case REFUSED -> new ReplicaMessage.PrepareRefused(in.readLong(), readBallot(in), readBallot(in));
            case DECIDED -> new ReplicaMessage.Decided(readDecided(in));
            case WATCH_REGISTRATION -> new ReplicaMessage.WatchRegistration(readWatches(in));
            case WATCH_CHANGES -> new ReplicaMessage.WatchChanges(in.readLong(), readChanges(in));
            case WATCH_CHANGES_ACK -> new ReplicaMessage.WatchChangesAck(in.readLong());
            case REPLICATE, REPLICATE_ACK, SNAPSHOT_PART, SNAPSHOT_ACK ->
                readReplication(kind, in.readInt(), in.readLong(), in);
            default -> null;
        };
    }

    private static ReplicaMessage readReplication(int kind, int partition, long term, DataInputStream in)
            throws IOException {
        if (partition < 0) {
            throw new IOException("partition=" + partition);
        }
        return switch (kind) {
            case REPLICATE ->
                new ReplicaMessage.Replicate(
                        partition,
                        term,
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        readEntries(in));
            case REPLICATE_ACK ->
                new ReplicaMessage.ReplicateAck(
                        partition, term, in.readLong(), in.readLong(), in.readLong(), in.readBoolean());
            case SNAPSHOT_PART ->
                new ReplicaMessage.SnapshotPart(
                        partition,
                        term,
                        in.readLong(),
                        in.readInt(),
                        in.readBoolean(),
                        in.readLong(),
                        in.readLong(),
                        readBytes(in));
            default -> new ReplicaMessage.SnapshotAck(partition, term, in.readLong(), in.readInt());
        };
    }

    private static List<ReplicaMessage.WatchedKeys> readWatches(DataInputStream in) throws IOException {
        List<ReplicaMessage.WatchedKeys> watches = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            watches.add(
                    new ReplicaMessage.WatchedKeys(in.readLong(), new String(readBytes(in), StandardCharsets.UTF_8)));
        }
        return watches;
    }

    private static List<ReplicaMessage.WatchChange> readChanges(DataInputStream in) throws IOException {
        List<ReplicaMessage.WatchChange> changes = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            long watch = in.readLong();
            List<Integer> partitions = new ArrayList<>();
            for (int more = readCount(in); more > 0; more--) {
                partitions.add(in.readUnsignedShort());
            }
            changes.add(new ReplicaMessage.WatchChange(watch, partitions));
        }
        return changes;
    }

    private static List<ReplicationEntry> readEntries(DataInputStream in) throws IOException {
        List<ReplicationEntry> entries = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            DataInputStream fields = new DataInputStream(new ByteArrayInputStream(readBytes(in)));
            entries.add(new ReplicationEntry(fields.readLong(), readBytes(fields)));
        }
        return entries;
    }

    /** The names once, then the partitions by their indices. */
    private static void writeConfiguration(DataOutputStream out, Configuration configuration) throws IOException {
        Set<String> names = new LinkedHashSet<>(configuration.members());
        for (Assignment assignment : configuration.partitions()) {
            names.addAll(assignment.inSync());
            names.addAll(assignment.learners());
        }
        List<String> table = new ArrayList<>(names);
        out.writeUTF(configuration.lineage());
        out.writeLong(configuration.number());
        writeNames(out, table);
        out.writeInt(configuration.members().size());
        out.writeInt(configuration.partitions().size());
        for (Assignment assignment : configuration.partitions()) {
            out.writeLong(assignment.term());
            out.writeLong(assignment.epoch());
            out.writeShort(table.indexOf(assignment.primary()));
            writeIndices(out, table, assignment.inSync());
            writeIndices(out, table, assignment.learners());
        }
    }

    private static Configuration readDecided(DataInputStream in) throws IOException {
        Configuration configuration = readConfiguration(readBytes(in));
        if (configuration == null) {
            throw new IOException("a configuration is missing");
        }
        return configuration;
    }

    private static @Nullable Configuration readConfiguration(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            return null;
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        String lineage = in.readUTF();
        long number = in.readLong();
        List<String> table = readNames(in);
        int members = readCount(in);
        if (members > table.size()) {
            throw new IOException("members=" + members + " names=" + table.size());
        }
        List<Assignment> partitions = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            long term = in.readLong();
            long epoch = in.readLong();
            String primary = readName(in, table);
            partitions.add(new Assignment(term, epoch, primary, readIndices(in, table), readIndices(in, table)));
        }
        return new Configuration(lineage, number, table.subList(0, members), partitions);
    }

    private static void writeIndices(DataOutputStream out, List<String> table, List<String> names) throws IOException {
        out.writeByte(names.size());
        for (String name : names) {
            out.writeShort(table.indexOf(name));
        }
    }

    private static List<String> readIndices(DataInputStream in, List<String> table) throws IOException {
        List<String> names = new ArrayList<>();
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            names.add(readName(in, table));
        }
        return names;
    }

    private static String readName(DataInputStream in, List<String> table) throws IOException {
        int index = in.readUnsignedShort();
        if (index >= table.size()) {
            throw new IOException("index=" + index + " names=" + table.size());
        }
        return table.get(index);
    }

    private static void writeBallot(DataOutputStream out, Ballot ballot) throws IOException {
        out.writeLong(ballot.round());
        out.writeUTF(ballot.member());
    }

    private static Ballot readBallot(DataInputStream in) throws IOException {
        return new Ballot(in.readLong(), in.readUTF());
    }

    private static void writeNames(DataOutputStream out, Collection<String> names) throws IOException {
        out.writeInt(names.size());
        for (String name : names) {
            out.writeUTF(name);
        }
    }

    private static List<String> readNames(DataInputStream in) throws IOException {
        List<String> names = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            names.add(in.readUTF());
        }
        return names;
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("length=" + length + " of " + in.available() + " bytes");
        }
        return in.readNBytes(length);
    }

    private static int readCount(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MAX_ITEMS) {
            throw new IOException("count=" + count);
        }
        return count;
    }
}
