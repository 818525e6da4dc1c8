package dev.fanfare.client;

import dev.fanfare.core.codec.WireWriter;
import java.util.List;

/** Messages between nodes about durable connections. Any may be lost: the next {@link Status} makes up for it. */
sealed interface DurableMessage {

    /** Its number in {@link DurableWire}. */
    int kind();

    /** Writes the components in order. */
    void write(WireWriter out);

    /** Takes effect on the node that received it. */
    void apply(OutboundOwnership outboundOwnership, String from, long now);

    /**
     * The complete state of the sender; sent every {@link OutboundOwnership#TICK_MILLIS}, and when it changes.
     *
     * @param draining whether the sender is shutting down and takes no more connections
     * @param answers whether the sender has received a status from the receiver, and has since sent what that lacked
     */
    record Status(boolean draining, boolean answers, List<StatusEntry> entries) implements DurableMessage {

        static final int KIND = 1;

        @Override
        public int kind() {
            return KIND;
        }

        @Override
        public void write(WireWriter out) {
            out.writeBoolean(draining);
            out.writeBoolean(answers);
            out.writeList(entries, (each, statusEntry) -> each.writeBlock(statusEntry::write));
        }

        @Override
        public void apply(OutboundOwnership outboundOwnership, String from, long now) {
            outboundOwnership.statusReceived(from, this, now);
        }
    }

    /**
     * One connection in a status.
     *
     * @param version of the declaration
     * @param owned whether the sender owns the connection, is about to, or still has a socket of it
     * @param candidate whether the sender could take it
     */
    record StatusEntry(DurableKey key, long version, boolean owned, boolean candidate) {

        private void write(WireWriter out) {
            writeVersion(out, key, version);
            out.writeBoolean(owned);
            out.writeBoolean(candidate);
        }
    }

    /**
     * A connection was declared.
     *
     * @param json as the REST API accepts it
     */
    record Declared(DurableKey key, long version, String json) implements DurableMessage {

        static final int KIND = 2;

        @Override
        public int kind() {
            return KIND;
        }

        @Override
        public void write(WireWriter out) {
            writeVersion(out, key, version);
            out.writeString(json);
        }

        @Override
        public void apply(OutboundOwnership outboundOwnership, String from, long now) {
            outboundOwnership.declarationReceived(this, now);
        }
    }

    /** A connection was withdrawn: all of its declarations up to this version are void. */
    record Withdrawn(DurableKey key, long version) implements DurableMessage {

        static final int KIND = 3;

        @Override
        public int kind() {
            return KIND;
        }

        @Override
        public void write(WireWriter out) {
            writeVersion(out, key, version);
        }

        @Override
        public void apply(OutboundOwnership outboundOwnership, String from, long now) {
            outboundOwnership.withdraw(key, version);
        }
    }

    private static void writeVersion(WireWriter out, DurableKey key, long version) {
        out.writeString(key.hub());
        out.writeString(key.connectionId());
        out.writeLong(version);
    }
}
