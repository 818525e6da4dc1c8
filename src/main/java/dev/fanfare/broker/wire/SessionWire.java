package dev.fanfare.broker.wire;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.Fingerprint;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.core.session.UnansweredEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Encodes a session that moves to another node. */
public final class SessionWire {

    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    private SessionWire() {}

    public static void write(WireWriter out, SessionState state) {
        out.writeBlock(block -> writeIdentity(block, state.identity()));
        out.writeBlock(block -> writePermissions(block, state.protocol().permissions()));
        out.writeBlock(block -> writeAckIds(block, state.protocol().ackIds()));
        out.writeBlock(block -> writeUnacknowledged(block, state.protocol().unacknowledged()));
        out.writeBlock(block -> writeEvents(block, state.protocol().events()));
        out.writeList(state.owed().pending(), (each, event) -> each.writeBlock(block -> writePending(block, event)));
        out.writeList(state.owed().unsent(), (each, ack) -> each.writeBlock(block -> writeEncoded(block, ack)));
        out.writeStrings(state.groups());
        out.writeLong(state.endsAtMillis());
        out.writeList(state.heard().entrySet(), (each, heard) -> {
            each.writeLong(heard.getKey());
            each.writeLong(heard.getValue());
        });
        if (out.version() >= WireVersions.GRANTS) {
            out.writeBlock(block -> writeGrant(block, state.grant()));
        }
    }

    public static SessionState read(WireReader in) throws WireException {
        Identity identity = readIdentity(in.readBlock());
        SessionState.ProtocolState protocol = new SessionState.ProtocolState(
                readPermissions(in.readBlock()),
                readAckIds(in.readBlock()),
                readUnacknowledged(in.readBlock()),
                readEvents(in.readBlock()));
        SessionState.OwedAnswers owed = new SessionState.OwedAnswers(
                in.readList(each -> readPending(each.readBlock())), in.readList(each -> readEncoded(each.readBlock())));
        List<String> groups = in.readStrings();
        long endsAtMillis = in.readLong();
        Map<Long, Long> heard = readHeard(in);
        TokenGrant grant = in.hasMore() ? readGrant(in.readBlock()) : TokenGrant.NONE;
        return new SessionState(identity, protocol, owed, groups, endsAtMillis, grant, heard);
    }

    private static void writeGrant(WireWriter out, TokenGrant grant) {
        Fingerprint token = grant.token();
        out.writeBoolean(token != null);
        if (token != null) {
            out.writeLong(token.high());
            out.writeLong(token.low());
        }
        out.writeLong(grant.issuedAtSeconds());
        out.writeBytes(grant.address() == null ? new byte[0] : grant.address());
    }

    private static TokenGrant readGrant(WireReader in) throws WireException {
        Fingerprint token = in.readBoolean() ? new Fingerprint(in.readLong(), in.readLong()) : null;
        return new TokenGrant(token, in.readLong(), address(in.readBytes()));
    }

    private static byte @Nullable [] address(byte[] bytes) throws WireException {
        return switch (bytes.length) {
            case 0 -> null;
            case IPV4_BYTES, IPV6_BYTES -> bytes;
            default -> throw WireException.malformed("an address of " + bytes.length + " bytes");
        };
    }

    private static Map<Long, Long> readHeard(WireReader in) throws WireException {
        Map<Long, Long> heard = new HashMap<>();
        for (int left = in.readCount(); left > 0; left--) {
            heard.put(in.readLong(), in.readLong());
        }
        return heard;
    }

    private static void writeIdentity(WireWriter out, Identity identity) {
        out.writeString(identity.connectionId());
        out.writeString(identity.hub());
        out.writeOptional(identity.userId());
        out.writeEnum(identity.type());
        out.writeString(identity.path());
        out.writeEnum(identity.subprotocol());
        out.writeLong(identity.openedAtMillis());
    }

    private static Identity readIdentity(WireReader in) throws WireException {
        return new Identity(
                in.readString(),
                in.readString(),
                in.readOptional(),
                in.readEnum(ConnectionType.class),
                in.readString(),
                in.readEnum(Subprotocol.class),
                in.readLong());
    }

    private static void writePermissions(WireWriter out, Permissions permissions) {
        out.writeStrings(permissions.roles());
        out.writeList(permissions.rules().entrySet(), (each, rules) -> {
            each.writeEnum(rules.getKey());
            each.writeList(rules.getValue().entrySet(), (pair, rule) -> {
                pair.writeString(rule.getKey());
                pair.writeBoolean(rule.getValue());
            });
        });
    }

    private static Permissions readPermissions(WireReader in) throws WireException {
        Permissions permissions = new Permissions(in.readStrings());
        for (int left = in.readCount(); left > 0; left--) {
            Permission permission = in.readEnum(Permission.class);
            for (int rules = in.readCount(); rules > 0; rules--) {
                String group = in.readString();
                if (in.readBoolean()) {
                    permissions.grant(permission, group);
                } else {
                    permissions.revoke(permission, group);
                }
            }
        }
        return permissions;
    }

    private static void writeEvents(WireWriter out, EventState events) {
        out.writeOptional(events.customSubprotocol());
        out.writeString(events.connectionState());
        out.writeInt(events.lastId());
    }

    private static EventState readEvents(WireReader in) throws WireException {
        return new EventState(in.readOptional(), in.readString(), in.readInt());
    }

    private static void writePending(WireWriter out, UnansweredEvent event) {
        out.writeInt(event.id());
        out.writeBoolean(event.ackId() != null);
        if (event.ackId() != null) {
            out.writeLong(event.ackId());
        }
    }

    private static UnansweredEvent readPending(WireReader in) throws WireException {
        return new UnansweredEvent(in.readInt(), in.readBoolean() ? in.readLong() : null);
    }

    private static void writeEncoded(WireWriter out, Encoded encoded) {
        out.writeBoolean(encoded.text());
        out.writeBytes(encoded.body());
    }

    private static Encoded readEncoded(WireReader in) throws WireException {
        return new Encoded(in.readBoolean(), in.readBytes());
    }

    private static void writeAckIds(WireWriter out, AckIds ackIds) {
        long[] ids = ackIds.toArray();
        out.writeInt(ackIds.capacity());
        out.writeInt(ids.length);
        for (long id : ids) {
            out.writeLong(id);
        }
    }

    private static AckIds readAckIds(WireReader in) throws WireException {
        AckIds ackIds = new AckIds(Math.max(1, in.readInt()));
        for (int left = in.readCount(); left > 0; left--) {
            ackIds.add(in.readLong());
        }
        return ackIds;
    }

    private static void writeUnacknowledged(WireWriter out, Unacknowledged unacknowledged) {
        out.writeInt(unacknowledged.maxBytes());
        out.writeInt(unacknowledged.maxMessages());
        out.writeLong(unacknowledged.first());
        out.writeInt(unacknowledged.size());
        for (long id = unacknowledged.first(); id < unacknowledged.next(); id++) {
            Retained retained = unacknowledged.get(id);
            out.writeBlock(block -> writeRetained(block, retained));
        }
    }

    private static void writeRetained(WireWriter out, Retained retained) {
        out.writeLong(retained.expiresAtMillis());
        writeEncoded(out, retained.message());
    }

    private static Unacknowledged readUnacknowledged(WireReader in) throws WireException {
        int maxBytes = in.readInt();
        int maxMessages = in.readInt();
        Unacknowledged unacknowledged = Unacknowledged.from(in.readLong(), maxBytes, maxMessages, new Retention());
        for (int left = in.readCount(); left > 0; left--) {
            if (!unacknowledged.add(readRetained(in.readBlock()))) {
                throw WireException.malformed("unacknowledged messages exceed their limit");
            }
        }
        // The receiving shard counts it in its own retention.
        unacknowledged.release();
        return unacknowledged;
    }

    private static Retained readRetained(WireReader in) throws WireException {
        long expiresAtMillis = in.readLong();
        return new Retained(readEncoded(in), expiresAtMillis);
    }
}
