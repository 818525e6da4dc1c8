package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.store.replica.ReplicaMessage.Consensus;
import dev.fanfare.store.replica.ReplicaMessage.Replication;
import java.util.List;
import java.util.TreeSet;

/** Writes the kind and the fields of a message, which {@link MessageCodec} reads. */
record MessageEncoder(WireWriter out) implements ReplicaMessage.ReplicaMessageVisitor {

    @Override
    public void on(ReplicaMessage.MemberHeartbeat heartbeat) {
        out.writeByte(MessageCodec.HEARTBEAT);
        out.writeString(heartbeat.lineage());
        out.writeLong(heartbeat.number());
        out.writeInt(heartbeat.members());
        out.writeLong(heartbeat.sentAt());
        out.writeBoolean(heartbeat.leaving());
        out.writeLong(heartbeat.bytes());
        out.writeLong(heartbeat.maxBytes());
        out.writeBoolean(heartbeat.serving());
        out.writeBoolean(heartbeat.failing());
        out.writeBoolean(heartbeat.waiting());
    }

    @Override
    public void on(ReplicaMessage.HeartbeatAck ack) {
        out.writeByte(MessageCodec.HEARTBEAT_ACK);
        out.writeString(ack.lineage());
        out.writeLong(ack.number());
        out.writeLong(ack.sentAt());
        out.writeBoolean(ack.granted());
        out.writeBoolean(ack.undecided());
        out.writeStrings(new TreeSet<>(ack.dead()));
    }

    @Override
    public void on(ReplicaMessage.InSync report) {
        out.writeByte(MessageCodec.IN_SYNC);
        out.writeInt(report.partition());
        out.writeLong(report.term());
        out.writeString(report.learner());
    }

    @Override
    public void on(ReplicaMessage.StoreRequest request) {
        out.writeByte(MessageCodec.REQUEST);
        out.writeLong(request.id());
        out.writeInt(request.partition());
        out.writeBoolean(request.query());
        out.writeBytes(request.body());
    }

    @Override
    public void on(ReplicaMessage.RequestReply reply) {
        out.writeByte(MessageCodec.REPLY);
        out.writeLong(reply.id());
        out.writeEnum(reply.status());
        out.writeBytes(reply.body());
    }

    @Override
    public void on(ReplicaMessage.WatchRegistration registration) {
        out.writeByte(MessageCodec.WATCH_REGISTRATION);
        write(registration.watches());
    }

    @Override
    public void on(ReplicaMessage.WatchAdditions additions) {
        out.writeByte(MessageCodec.WATCH_ADDITIONS);
        write(additions.watches());
    }

    private void write(List<ReplicaMessage.WatchedKeys> watches) {
        out.writeList(
                watches,
                (list, keys) -> list.writeBlock(block -> {
                    block.writeLong(keys.watch());
                    block.writeString(keys.prefix());
                }));
    }

    @Override
    public void on(ReplicaMessage.WatchChanges changes) {
        out.writeByte(MessageCodec.WATCH_CHANGES);
        out.writeLong(changes.number());
        out.writeList(
                changes.changes(),
                (list, change) -> list.writeBlock(block -> {
                    block.writeLong(change.watch());
                    block.writeList(change.partitions(), WireWriter::writeShort);
                }));
    }

    @Override
    public void on(ReplicaMessage.WatchChangesAck ack) {
        out.writeByte(MessageCodec.WATCH_CHANGES_ACK);
        out.writeLong(ack.number());
    }

    @Override
    public void on(Consensus message) {
        message.accept(new ConsensusEncoder(out));
    }

    @Override
    public void on(Replication message) {
        message.accept(new ReplicationEncoder(out));
    }

    private record ConsensusEncoder(WireWriter out) implements ReplicaMessage.ConsensusVisitor {

        @Override
        public void on(ReplicaMessage.Prepare prepare) {
            write(MessageCodec.PREPARE, prepare.number(), prepare.ballot());
            out.writeStrings(new TreeSet<>(prepare.excluded()));
            out.writeBoolean(prepare.complete());
        }

        @Override
        public void on(ReplicaMessage.Promise promise) {
            write(MessageCodec.PROMISE, promise.number(), promise.ballot());
            ConfigurationCodec.write(out, promise.acceptedBallot());
            ConfigurationCodec.writeOptional(out, promise.accepted());
        }

        @Override
        public void on(ReplicaMessage.Accept accept) {
            write(MessageCodec.ACCEPT, accept.number(), accept.ballot());
            ConfigurationCodec.write(out, accept.value());
        }

        @Override
        public void on(ReplicaMessage.AcceptAck ack) {
            write(MessageCodec.ACCEPTED, ack.number(), ack.ballot());
        }

        @Override
        public void on(ReplicaMessage.PrepareRefused refused) {
            write(MessageCodec.REFUSED, refused.number(), refused.ballot());
            ConfigurationCodec.write(out, refused.promised());
        }

        @Override
        public void on(ReplicaMessage.Decided decided) {
            out.writeByte(MessageCodec.DECIDED);
            ConfigurationCodec.write(out, decided.configuration());
        }

        private void write(int kind, long number, Ballot ballot) {
            out.writeByte(kind);
            out.writeLong(number);
            ConfigurationCodec.write(out, ballot);
        }
    }

    private record ReplicationEncoder(WireWriter out) implements ReplicaMessage.ReplicationVisitor {

        @Override
        public void on(ReplicaMessage.Replicate replicate) {
            write(MessageCodec.REPLICATE, replicate);
            out.writeLong(replicate.round());
            out.writeLong(replicate.time());
            out.writeLong(replicate.tailEnd());
            out.writeLong(replicate.commit());
            out.writeLong(replicate.stable());
            out.writeLong(replicate.first());
            out.writeList(
                    replicate.entries(),
                    (list, entry) -> list.writeBlock(block -> {
                        block.writeLong(entry.time());
                        block.writeBytes(entry.command());
                    }));
        }

        @Override
        public void on(ReplicaMessage.ReplicateAck ack) {
            write(MessageCodec.REPLICATE_ACK, ack);
            out.writeLong(ack.round());
            out.writeLong(ack.matched());
            out.writeLong(ack.commit());
            out.writeBoolean(ack.gap());
        }

        @Override
        public void on(ReplicaMessage.SnapshotPart part) {
            write(MessageCodec.SNAPSHOT_PART, part);
            out.writeLong(part.transfer());
            out.writeInt(part.index());
            out.writeBoolean(part.last());
            out.writeLong(part.sequence());
            out.writeLong(part.time());
            out.writeBytes(part.bytes());
        }

        @Override
        public void on(ReplicaMessage.SnapshotAck ack) {
            write(MessageCodec.SNAPSHOT_ACK, ack);
            out.writeLong(ack.transfer());
            out.writeInt(ack.next());
        }

        private void write(int kind, Replication message) {
            out.writeByte(kind);
            out.writeInt(message.partition());
            out.writeLong(message.term());
        }
    }
}
