package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import dev.fanfare.store.replica.ReplicaMessage.RequestStatus;
import dev.fanfare.store.replica.ReplicaMessage.WatchChange;
import dev.fanfare.store.replica.ReplicaMessage.WatchedKeys;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Envelopes as bytes: sender, receiver, a byte for the kind, then the fields of the message. Fields are added at the end of a
 * message, or of a block in it, only: readers skip what they do not know.
 */
public final class MessageCodec {

    static final int HEARTBEAT = 1;
    static final int HEARTBEAT_ACK = 2;
    static final int PREPARE = 3;
    static final int PROMISE = 4;
    static final int ACCEPT = 5;
    static final int ACCEPTED = 6;
    static final int REFUSED = 7;
    static final int DECIDED = 8;
    static final int IN_SYNC = 9;
    static final int REPLICATE = 10;
    static final int REPLICATE_ACK = 11;
    static final int SNAPSHOT_PART = 12;
    static final int SNAPSHOT_ACK = 13;
    static final int REQUEST = 14;
    static final int REPLY = 15;
    static final int WATCH_REGISTRATION = 16;
    static final int WATCH_CHANGES = 17;
    static final int WATCH_CHANGES_ACK = 18;
    static final int WATCH_ADDITIONS = 19;

    private MessageCodec() {}

    /**
     * An envelope as bytes.
     *
     * @param version of the protocol that the receiver speaks
     */
    public static byte[] encode(Envelope envelope, int version) {
        return WireWriter.toBytes(version, out -> write(out, envelope));
    }

    static void write(WireWriter out, Envelope envelope) {
        out.writeString(envelope.from());
        out.writeString(envelope.to());
        envelope.message().accept(new MessageEncoder(out));
    }

    /**
     * The envelope; null if its message is of a kind that this release does not know.
     *
     * @throws WireException if these are not the bytes of an envelope
     */
    public static @Nullable Envelope decode(byte[] bytes) throws WireException {
        try {
            return read(WireReader.of(bytes));
        } catch (WireException e) {
            if (e.isUnknownKind()) {
                return null;
            }
            throw e;
        }
    }

    static Envelope read(WireReader in) throws WireException {
        return new Envelope(in.readString(), in.readString(), readMessage(in));
    }

    private static ReplicaMessage readMessage(WireReader in) throws WireException {
        int kind = in.readByte();
        return switch (kind) {
            case HEARTBEAT ->
                new ReplicaMessage.MemberHeartbeat(
                        in.readString(),
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
                        in.readString(),
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean(),
                        in.readBoolean(),
                        new TreeSet<>(in.readStrings()));
            case IN_SYNC -> new ReplicaMessage.InSync(in.readInt(), in.readLong(), in.readString());
            case REQUEST ->
                new ReplicaMessage.StoreRequest(in.readLong(), readPartition(in), in.readBoolean(), in.readBytes());
            case REPLY ->
                new ReplicaMessage.RequestReply(in.readLong(), in.readEnum(RequestStatus.class), in.readBytes());
            case WATCH_REGISTRATION -> new ReplicaMessage.WatchRegistration(in.readList(MessageCodec::readKeys));
            case WATCH_ADDITIONS -> new ReplicaMessage.WatchAdditions(in.readList(MessageCodec::readKeys));
            case WATCH_CHANGES -> new ReplicaMessage.WatchChanges(in.readLong(), in.readList(MessageCodec::readChange));
            case WATCH_CHANGES_ACK -> new ReplicaMessage.WatchChangesAck(in.readLong());
            case PREPARE, PROMISE, ACCEPT, ACCEPTED, REFUSED, DECIDED -> readConsensus(kind, in);
            default -> readReplication(kind, in);
        };
    }

    private static ReplicaMessage readConsensus(int kind, WireReader in) throws WireException {
        return switch (kind) {
            case PREPARE ->
                new ReplicaMessage.Prepare(
                        in.readLong(),
                        ConfigurationCodec.readBallot(in),
                        new TreeSet<>(in.readStrings()),
                        in.readBoolean());
            case PROMISE ->
                new ReplicaMessage.Promise(
                        in.readLong(),
                        ConfigurationCodec.readBallot(in),
                        ConfigurationCodec.readBallot(in),
                        ConfigurationCodec.readOptional(in));
            case ACCEPT ->
                new ReplicaMessage.Accept(
                        in.readLong(), ConfigurationCodec.readBallot(in), ConfigurationCodec.read(in));
            case ACCEPTED -> new ReplicaMessage.AcceptAck(in.readLong(), ConfigurationCodec.readBallot(in));
            case REFUSED ->
                new ReplicaMessage.PrepareRefused(
                        in.readLong(), ConfigurationCodec.readBallot(in), ConfigurationCodec.readBallot(in));
            case DECIDED -> new ReplicaMessage.Decided(ConfigurationCodec.read(in));
            default -> throw WireException.unknownKind("message " + kind);
        };
    }

    private static ReplicaMessage readReplication(int kind, WireReader in) throws WireException {
        return switch (kind) {
            case REPLICATE ->
                new ReplicaMessage.Replicate(
                        readPartition(in),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readList(MessageCodec::readEntry));
            case REPLICATE_ACK ->
                new ReplicaMessage.ReplicateAck(
                        readPartition(in),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean());
            case SNAPSHOT_PART ->
                new ReplicaMessage.SnapshotPart(
                        readPartition(in),
                        in.readLong(),
                        in.readLong(),
                        in.readInt(),
                        in.readBoolean(),
                        in.readLong(),
                        in.readLong(),
                        in.readBytes());
            case SNAPSHOT_ACK ->
                new ReplicaMessage.SnapshotAck(readPartition(in), in.readLong(), in.readLong(), in.readInt());
            default -> throw WireException.unknownKind("message " + kind);
        };
    }

    private static int readPartition(WireReader in) throws WireException {
        int partition = in.readInt();
        if (partition < 0) {
            throw WireException.malformed("partition=" + partition);
        }
        return partition;
    }

    private static ReplicationEntry readEntry(WireReader in) throws WireException {
        WireReader block = in.readBlock();
        return new ReplicationEntry(block.readLong(), block.readBytes());
    }

    private static WatchedKeys readKeys(WireReader in) throws WireException {
        WireReader block = in.readBlock();
        return new WatchedKeys(block.readLong(), block.readString());
    }

    private static WatchChange readChange(WireReader in) throws WireException {
        WireReader block = in.readBlock();
        return new WatchChange(block.readLong(), block.readList(WireReader::readShort));
    }
}
