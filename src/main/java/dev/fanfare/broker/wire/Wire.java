package dev.fanfare.broker.wire;

import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.OperationVisitor;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permission;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.filter.FilterException;
import dev.fanfare.core.filter.FilterParser;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Encodes the broker's messages between nodes. Enum values travel by name, so that nodes of two releases agree. */
public final class Wire {

    private static final int MAX_ITEMS = 1 << 20;

    private static final OperationBodies OPERATION_BODIES = new OperationBodies();

    private Wire() {}

    /** Writes a message body. */
    public interface Body {
        void write(DataOutput out) throws IOException;
    }

    public static byte[] toBytes(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try {
            body.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    public static DataInputStream input(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }

    public static void writeEnvelope(DataOutput out, RemoteEnvelope envelope) throws IOException {
        writeString(out, envelope.from());
        out.writeLong(envelope.mark());
        writeBytes(out, envelope.publication());
    }

    public static RemoteEnvelope readEnvelope(DataInputStream in) throws IOException {
        return new RemoteEnvelope(readString(in), in.readLong(), readBytes(in));
    }

    public static void writeNote(DataOutput out, PeerNote peerNote) throws IOException {
        writeString(out, peerNote.from());
        writeBytes(out, peerNote.body());
    }

    public static PeerNote readNote(DataInputStream in) throws IOException {
        return new PeerNote(readString(in), readBytes(in));
    }

    public static byte[] encode(Publication publication) {
        return toBytes(out -> writePublication(out, publication));
    }

    /** Null if it cannot be decoded. */
    public static @Nullable Publication publication(byte[] bytes) {
        try (DataInputStream in = input(bytes)) {
            Publication publication = readPublication(in);
            return in.read() < 0 ? publication : null;
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    static void writePublication(DataOutput out, Publication publication) throws IOException {
        out.writeLong(publication.origin());
        out.writeLong(publication.sequence());
        writeSelector(out, publication.target());
        writeMessage(out, publication.message());
        out.writeInt(publication.reportMillis());
    }

    private static void writeMessage(DataOutput out, Message message) throws IOException {
        writeEnum(out, message.from());
        writeOptional(out, message.group());
        writeOptional(out, message.fromUserId());
        writeEnum(out, message.payload().type());
        writeBytes(out, message.payload().bytes());
        out.writeInt(message.metadata().size());
        for (Map.Entry<String, String> entry : message.metadata().entrySet()) {
            writeString(out, entry.getKey());
            writeString(out, entry.getValue());
        }
        out.writeLong(message.expiresAtMillis());
    }

    static Publication readPublication(DataInputStream in) throws IOException {
        long origin = in.readLong();
        long sequence = in.readLong();
        return new Publication(readSelector(in), readMessage(in), origin, sequence, in.readInt());
    }

    private static Message readMessage(DataInputStream in) throws IOException {
        Message.From from = readEnum(in, Message.From.class);
        String group = readOptional(in);
        String fromUserId = readOptional(in);
        Payload payload = new Payload(readEnum(in, DataType.class), readBytes(in));
        Map<String, String> metadata = new LinkedHashMap<>();
        for (int left = readCount(in); left > 0; left--) {
            metadata.put(readString(in), readString(in));
        }
        return new Message(from, group, fromUserId, payload, metadata, in.readLong());
    }

    public static void writeAsk(DataOutput out, OperationRequest operationRequest) throws IOException {
        writeSelector(out, operationRequest.target());
        operationRequest.operation().accept(OPERATION_BODIES).write(out);
        out.writeByte(operationRequest.hops());
    }

    public static OperationRequest readAsk(DataInputStream in) throws IOException {
        return new OperationRequest(readSelector(in), readOperation(in), in.readUnsignedByte());
    }

    public static void writeAnswer(DataOutput out, OperationResult operationResult) throws IOException {
        out.writeInt(operationResult.matched());
        out.writeInt(operationResult.members().size());
        for (OperationResult.Member member : operationResult.members()) {
            writeMember(out, member);
        }
        writeReport(out, operationResult.deliveryReport());
        writeOptional(
                out,
                operationResult.error() == null ? null : operationResult.error().name());
        writeOptional(out, operationResult.message());
        out.writeInt(operationResult.unreachable());
    }

    public static OperationResult readAnswer(DataInputStream in) throws IOException {
        int matched = in.readInt();
        List<OperationResult.Member> members = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            members.add(readMember(in));
        }
        DeliveryReport deliveryReport = readReport(in);
        String error = readOptional(in);
        return new OperationResult(
                matched,
                members,
                deliveryReport,
                error == null ? null : ErrorCode.valueOf(error),
                readOptional(in),
                in.readInt());
    }

    private static void writeMember(DataOutput out, OperationResult.Member member) throws IOException {
        writeString(out, member.connectionId());
        writeOptional(out, member.userId());
        OperationResult.Details details = member.details();
        out.writeBoolean(details != null);
        if (details != null) {
            writeEnum(out, details.type());
            writeEnum(out, details.state());
            writeString(out, details.path());
            writeOptional(out, details.subprotocol());
            writeStrings(out, details.groups().first());
            out.writeInt(details.groups().count());
            out.writeLong(details.openedAtMillis());
            out.writeInt(details.redials().attempts());
            writeOptional(out, details.redials().lastError());
        }
    }

    private static OperationResult.Member readMember(DataInputStream in) throws IOException {
        return new OperationResult.Member(readString(in), readOptional(in), in.readBoolean() ? readDetails(in) : null);
    }

    private static OperationResult.Details readDetails(DataInputStream in) throws IOException {
        return new OperationResult.Details(
                readEnum(in, ConnectionType.class),
                readEnum(in, ConnectionState.class),
                readString(in),
                readOptional(in),
                new OperationResult.GroupsOfMember(readStrings(in), in.readInt()),
                in.readLong(),
                new OperationResult.Redials(in.readInt(), readOptional(in)));
    }

    private static void writeReport(DataOutput out, DeliveryReport deliveryReport) throws IOException {
        out.writeInt(deliveryReport.written());
        out.writeInt(deliveryReport.queued());
        out.writeInt(deliveryReport.dropped());
        out.writeInt(deliveryReport.failures().size());
        for (DeliveryReport.FailedDelivery failedDelivery : deliveryReport.failures()) {
            writeString(out, failedDelivery.connectionId());
            writeEnum(out, failedDelivery.type());
            writeEnum(out, failedDelivery.error());
        }
    }

    private static DeliveryReport readReport(DataInputStream in) throws IOException {
        int written = in.readInt();
        int queued = in.readInt();
        int dropped = in.readInt();
        List<DeliveryReport.FailedDelivery> failures = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            failures.add(new DeliveryReport.FailedDelivery(
                    readString(in), readEnum(in, ConnectionType.class), readEnum(in, ErrorCode.class)));
        }
        return new DeliveryReport(written, queued, dropped, failures);
    }

    private static void writeSelector(DataOutput out, Selector target) throws IOException {
        writeString(out, target.hub());
        writeOptional(out, target.connectionId());
        writeOptional(out, target.userId());
        writeOptional(out, target.group());
        writeOptional(out, target.filter() == null ? null : target.filter().source());
        writeStrings(out, target.excluded());
    }

    private static Selector readSelector(DataInputStream in) throws IOException {
        return new Selector(
                readString(in),
                readOptional(in),
                readOptional(in),
                readOptional(in),
                filter(readOptional(in)),
                new LinkedHashSet<>(readStrings(in)));
    }

    private static @Nullable Filter filter(@Nullable String source) throws IOException {
        try {
            return source == null ? null : FilterParser.parse(source);
        } catch (FilterException e) {
            throw new IOException("invalid filter from another node: " + e.getMessage(), e);
        }
    }

    /** The name and the components of each operation. Names are literal: they must not follow those of the classes. */
    private static final class OperationBodies implements OperationVisitor<Body> {

        @Override
        public Body on(Operation.Count count) {
            return out -> writeString(out, "Count");
        }

        @Override
        public Body on(Operation.ListMembers listMembers) {
            return out -> {
                writeString(out, "Members");
                writeOptional(out, listMembers.after());
                out.writeInt(listMembers.limit());
            };
        }

        @Override
        public Body on(Operation.Show show) {
            return out -> {
                writeString(out, "Show");
                writeOptional(out, show.after());
                out.writeInt(show.limit());
                writeOptionalEnum(out, show.type());
                writeOptionalEnum(out, show.state());
                out.writeInt(show.groups());
            };
        }

        @Override
        public Body on(Operation.FetchReport fetchReport) {
            return out -> {
                writeString(out, "Outcome");
                out.writeLong(fetchReport.origin());
                out.writeLong(fetchReport.sequence());
                out.writeInt(fetchReport.withinMillis());
            };
        }

        @Override
        public Body on(Operation.Close close) {
            return out -> {
                writeString(out, "Close");
                writeEnum(out, close.reason());
                out.writeShort(close.code());
                writeString(out, close.message());
            };
        }

        @Override
        public Body on(Operation.AddToGroups add) {
            return out -> {
                writeString(out, "AddToGroups");
                writeStrings(out, add.groups());
            };
        }

        @Override
        public Body on(Operation.RemoveFromGroups remove) {
            return out -> {
                writeString(out, "RemoveFromGroups");
                writeStrings(out, remove.groups());
            };
        }

        @Override
        public Body on(Operation.RemoveFromAllGroups remove) {
            return out -> writeString(out, "RemoveFromAllGroups");
        }

        @Override
        public Body on(Operation.Grant grant) {
            return rule("Grant", grant.permission(), grant.group());
        }

        @Override
        public Body on(Operation.Revoke revoke) {
            return rule("Revoke", revoke.permission(), revoke.group());
        }

        @Override
        public Body on(Operation.EventDone done) {
            return out -> {
                writeString(out, "EventDone");
                out.writeInt(done.event());
                out.writeBoolean(done.message() != null);
                if (done.message() != null) {
                    writeMessage(out, done.message());
                }
                writeOptionalEnum(out, done.error());
                writeString(out, done.reason());
                writeString(out, done.connectionState());
            };
        }

        @Override
        public Body on(Operation.CountPermitted count) {
            return rule("CountPermitted", count.permission(), count.group());
        }

        private static Body rule(String name, Permission permission, String group) {
            return out -> {
                writeString(out, name);
                writeEnum(out, permission);
                writeString(out, group);
            };
        }
    }

    private static Operation readOperation(DataInputStream in) throws IOException {
        String name = readString(in);
        return switch (name) {
            case "Count" -> new Operation.Count();
            case "Members" -> new Operation.ListMembers(readOptional(in), in.readInt());
            case "Show" ->
                new Operation.Show(
                        readOptional(in),
                        in.readInt(),
                        readOptionalEnum(in, ConnectionType.class),
                        readOptionalEnum(in, ConnectionState.class),
                        in.readInt());
            case "Outcome" -> new Operation.FetchReport(in.readLong(), in.readLong(), in.readInt());
            case "Close" ->
                new Operation.Close(readEnum(in, CloseReason.class), in.readUnsignedShort(), readString(in));
            case "AddToGroups" -> new Operation.AddToGroups(readStrings(in));
            case "RemoveFromGroups" -> new Operation.RemoveFromGroups(readStrings(in));
            case "RemoveFromAllGroups" -> new Operation.RemoveFromAllGroups();
            case "Grant" -> new Operation.Grant(readEnum(in, Permission.class), readString(in));
            case "Revoke" -> new Operation.Revoke(readEnum(in, Permission.class), readString(in));
            case "CountPermitted" -> new Operation.CountPermitted(readEnum(in, Permission.class), readString(in));
            case "EventDone" ->
                new Operation.EventDone(
                        in.readInt(),
                        in.readBoolean() ? readMessage(in) : null,
                        readOptionalEnum(in, ErrorCode.class),
                        readString(in),
                        readString(in));
            default -> throw new IOException("unknown operation: " + name);
        };
    }

    public static void writeEnum(DataOutput out, Enum<?> value) throws IOException {
        writeString(out, value.name());
    }

    public static <E extends Enum<E>> E readEnum(DataInputStream in, Class<E> type) throws IOException {
        return Enum.valueOf(type, readString(in));
    }

    private static void writeOptionalEnum(DataOutput out, @Nullable Enum<?> value) throws IOException {
        writeOptional(out, value == null ? null : value.name());
    }

    private static <E extends Enum<E>> @Nullable E readOptionalEnum(DataInputStream in, Class<E> type)
            throws IOException {
        String name = readOptional(in);
        return name == null ? null : Enum.valueOf(type, name);
    }

    public static void writeStrings(DataOutput out, Collection<String> values) throws IOException {
        out.writeInt(values.size());
        for (String value : values) {
            writeString(out, value);
        }
    }

    public static List<String> readStrings(DataInputStream in) throws IOException {
        List<String> values = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            values.add(readString(in));
        }
        return values;
    }

    public static void writeOptional(DataOutput out, @Nullable String value) throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            writeString(out, value);
        }
    }

    public static @Nullable String readOptional(DataInputStream in) throws IOException {
        return in.readBoolean() ? readString(in) : null;
    }

    public static void writeString(DataOutput out, String value) throws IOException {
        writeBytes(out, value.getBytes(StandardCharsets.UTF_8));
    }

    public static String readString(DataInputStream in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    public static void writeBytes(DataOutput out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    public static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("length out of range: " + length);
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }

    static int readCount(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MAX_ITEMS) {
            throw new IOException("count out of range: " + count);
        }
        return count;
    }
}
