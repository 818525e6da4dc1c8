package dev.fanfare.broker.wire;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.core.session.UnansweredEvent;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Encodes a session that moves to another node. */
public final class SessionWire {

    private SessionWire() {}

    public static void write(DataOutput out, SessionState state) throws IOException {
        writeIdentity(out, state.identity());
        writePermissions(out, state.protocol().permissions());
        writeAckIds(out, state.protocol().ackIds());
        writeUnacknowledged(out, state.protocol().unacknowledged());
        writeEvents(out, state.protocol().events());
        writePending(out, state.owed().pending());
        writeUnsent(out, state.owed().unsent());
        Wire.writeStrings(out, state.groups());
        out.writeLong(state.endsAtMillis());
        out.writeInt(state.heard().size());
        for (Map.Entry<Long, Long> heard : state.heard().entrySet()) {
            out.writeLong(heard.getKey());
            out.writeLong(heard.getValue());
        }
    }

    public static SessionState read(DataInputStream in) throws IOException {
        return new SessionState(
                readIdentity(in),
                new SessionState.ProtocolState(
                        readPermissions(in), readAckIds(in), readUnacknowledged(in), readEvents(in)),
                new SessionState.OwedAnswers(readPending(in), readUnsent(in)),
                Wire.readStrings(in),
                in.readLong(),
                readHeard(in));
    }

    private static Map<Long, Long> readHeard(DataInputStream in) throws IOException {
        Map<Long, Long> heard = new HashMap<>();
        for (int left = Wire.readCount(in); left > 0; left--) {
            heard.put(in.readLong(), in.readLong());
        }
        return heard;
    }

    private static void writeIdentity(DataOutput out, Identity identity) throws IOException {
        Wire.writeString(out, identity.connectionId());
        Wire.writeString(out, identity.hub());
        Wire.writeOptional(out, identity.userId());
        Wire.writeEnum(out, identity.type());
        Wire.writeString(out, identity.path());
        Wire.writeEnum(out, identity.subprotocol());
        out.writeLong(identity.openedAtMillis());
    }

    private static Identity readIdentity(DataInputStream in) throws IOException {
        return new Identity(
                Wire.readString(in),
                Wire.readString(in),
                Wire.readOptional(in),
                Wire.readEnum(in, ConnectionType.class),
                Wire.readString(in),
                Wire.readEnum(in, Subprotocol.class),
                in.readLong());
    }

    private static void writePermissions(DataOutput out, Permissions permissions) throws IOException {
        Wire.writeStrings(out, permissions.roles());
        out.writeInt(permissions.rules().size());
        for (Map.Entry<Permission, Map<String, Boolean>> rules :
                permissions.rules().entrySet()) {
            Wire.writeEnum(out, rules.getKey());
            out.writeInt(rules.getValue().size());
            for (Map.Entry<String, Boolean> rule : rules.getValue().entrySet()) {
                Wire.writeString(out, rule.getKey());
                out.writeBoolean(rule.getValue());
            }
        }
    }

    private static Permissions readPermissions(DataInputStream in) throws IOException {
        Permissions permissions = new Permissions(Wire.readStrings(in));
        for (int left = Wire.readCount(in); left > 0; left--) {
            Permission permission = Wire.readEnum(in, Permission.class);
            for (int rules = Wire.readCount(in); rules > 0; rules--) {
                String group = Wire.readString(in);
                if (in.readBoolean()) {
                    permissions.grant(permission, group);
                } else {
                    permissions.revoke(permission, group);
                }
            }
        }
        return permissions;
    }

    private static void writeEvents(DataOutput out, EventState events) throws IOException {
        Wire.writeOptional(out, events.customSubprotocol());
        Wire.writeString(out, events.connectionState());
        out.writeInt(events.lastId());
    }

    private static EventState readEvents(DataInputStream in) throws IOException {
        return new EventState(Wire.readOptional(in), Wire.readString(in), in.readInt());
    }

    private static void writePending(DataOutput out, List<UnansweredEvent> pending) throws IOException {
        out.writeInt(pending.size());
        for (UnansweredEvent event : pending) {
            out.writeInt(event.id());
            out.writeBoolean(event.ackId() != null);
            if (event.ackId() != null) {
                out.writeLong(event.ackId());
            }
        }
    }

    private static List<UnansweredEvent> readPending(DataInputStream in) throws IOException {
        List<UnansweredEvent> pending = new ArrayList<>();
        for (int left = Wire.readCount(in); left > 0; left--) {
            pending.add(new UnansweredEvent(in.readInt(), in.readBoolean() ? in.readLong() : null));
        }
        return pending;
    }

    private static void writeUnsent(DataOutput out, List<Encoded> unsent) throws IOException {
        out.writeInt(unsent.size());
        for (Encoded ack : unsent) {
            out.writeBoolean(ack.text());
            Wire.writeBytes(out, ack.body());
        }
    }

    private static List<Encoded> readUnsent(DataInputStream in) throws IOException {
        List<Encoded> unsent = new ArrayList<>();
        for (int left = Wire.readCount(in); left > 0; left--) {
            unsent.add(new Encoded(in.readBoolean(), Wire.readBytes(in)));
        }
        return unsent;
    }

    private static void writeAckIds(DataOutput out, AckIds ackIds) throws IOException {
        long[] ids = ackIds.toArray();
        out.writeInt(ackIds.capacity());
        out.writeInt(ids.length);
        for (long id : ids) {
            out.writeLong(id);
        }
    }

    private static AckIds readAckIds(DataInputStream in) throws IOException {
        AckIds ackIds = new AckIds(Math.max(1, Wire.readCount(in)));
        for (int left = Wire.readCount(in); left > 0; left--) {
            ackIds.add(in.readLong());
        }
        return ackIds;
    }

    private static void writeUnacknowledged(DataOutput out, Unacknowledged unacknowledged) throws IOException {
        out.writeInt(unacknowledged.maxBytes());
        out.writeInt(unacknowledged.maxMessages());
        out.writeLong(unacknowledged.first());
        out.writeInt(unacknowledged.size());
        for (long id = unacknowledged.first(); id < unacknowledged.next(); id++) {
            Retained retained = unacknowledged.get(id);
            out.writeLong(retained.expiresAtMillis());
            out.writeBoolean(retained.message().text());
            Wire.writeBytes(out, retained.message().body());
        }
    }

    private static Unacknowledged readUnacknowledged(DataInputStream in) throws IOException {
        int maxBytes = in.readInt();
        int maxMessages = in.readInt();
        Unacknowledged unacknowledged = Unacknowledged.from(in.readLong(), maxBytes, maxMessages, new Retention());
        for (int left = Wire.readCount(in); left > 0; left--) {
            long expiresAtMillis = in.readLong();
            if (!unacknowledged.add(new Retained(new Encoded(in.readBoolean(), Wire.readBytes(in)), expiresAtMillis))) {
                throw new IOException("unacknowledged messages exceed their limit");
            }
        }
        // The receiving shard counts it in its own retention.
        unacknowledged.release();
        return unacknowledged;
    }
}
