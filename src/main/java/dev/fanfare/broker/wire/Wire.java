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
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.filter.FilterException;
import dev.fanfare.core.filter.FilterParser;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Encodes publications, operations and notes between nodes. Fields are only appended, and read with a default where a former
 * version did not write them; {@code src/docs/decisions/0048-a-wire-that-grows.md} has the rules.
 */
public final class Wire {

    private static final OperationBodies OPERATION_BODIES = new OperationBodies();

    private Wire() {}

    public static void writeEnvelope(WireWriter out, RemoteEnvelope envelope) {
        out.writeString(envelope.from());
        out.writeLong(envelope.mark());
        out.writeBytes(envelope.publication());
    }

    public static RemoteEnvelope readEnvelope(WireReader in) throws WireException {
        return new RemoteEnvelope(in.readString(), in.readLong(), in.readBytes());
    }

    public static void writeNote(WireWriter out, PeerNote peerNote) {
        out.writeString(peerNote.from());
        out.writeBytes(peerNote.body());
    }

    public static PeerNote readNote(WireReader in) throws WireException {
        return new PeerNote(in.readString(), in.readBytes());
    }

    /** @param version see {@link WireVersions} */
    public static byte[] encode(Publication publication, int version) {
        return WireWriter.toBytes(version, out -> writePublication(out, publication));
    }

    public static Publication decode(byte[] publication) throws WireException {
        return readPublication(WireReader.of(publication));
    }

    public static void writePublication(WireWriter out, Publication publication) {
        out.writeLong(publication.origin());
        out.writeLong(publication.sequence());
        out.writeBlock(block -> writeSelector(block, publication.target()));
        out.writeBlock(block -> writeMessage(block, publication.message()));
        out.writeInt(publication.reportMillis());
    }

    private static void writeMessage(WireWriter out, Message message) {
        out.writeEnum(message.from());
        out.writeOptional(message.group());
        out.writeOptional(message.fromUserId());
        out.writeEnum(message.payload().type());
        out.writeBytes(message.payload().bytes());
        out.writeList(message.metadata().entrySet(), (each, entry) -> {
            each.writeString(entry.getKey());
            each.writeString(entry.getValue());
        });
        out.writeLong(message.expiresAtMillis());
    }

    public static Publication readPublication(WireReader in) throws WireException {
        long origin = in.readLong();
        long sequence = in.readLong();
        return new Publication(
                readSelector(in.readBlock()), readMessage(in.readBlock()), origin, sequence, in.readInt());
    }

    private static Message readMessage(WireReader in) throws WireException {
        Message.From from = in.readEnum(Message.From.class);
        String group = in.readOptional();
        String fromUserId = in.readOptional();
        Payload payload = new Payload(in.readEnum(DataType.class), in.readBytes());
        Map<String, String> metadata = new LinkedHashMap<>();
        for (int left = in.readCount(); left > 0; left--) {
            metadata.put(in.readString(), in.readString());
        }
        return new Message(from, group, fromUserId, payload, metadata, in.readLong());
    }

    public static void writeAsk(WireWriter out, OperationRequest operationRequest) {
        out.writeBlock(block -> writeSelector(block, operationRequest.target()));
        out.writeBlock(operationRequest.operation().accept(OPERATION_BODIES));
        out.writeByte(operationRequest.hops());
    }

    public static OperationRequest readAsk(WireReader in) throws WireException {
        return new OperationRequest(readSelector(in.readBlock()), readOperation(in.readBlock()), in.readByte());
    }

    public static void writeAnswer(WireWriter out, OperationResult operationResult) {
        out.writeInt(operationResult.matched());
        out.writeList(
                operationResult.members(), (each, member) -> each.writeBlock(block -> writeMember(block, member)));
        out.writeBlock(block -> writeReport(block, operationResult.deliveryReport()));
        out.writeOptionalEnum(operationResult.error());
        out.writeOptional(operationResult.message());
        out.writeInt(operationResult.unreachable());
    }

    public static OperationResult readAnswer(WireReader in) throws WireException {
        return new OperationResult(
                in.readInt(),
                in.readList(each -> readMember(each.readBlock())),
                readReport(in.readBlock()),
                in.readOptionalEnum(ErrorCode.class),
                in.readOptional(),
                in.readInt());
    }

    private static void writeMember(WireWriter out, OperationResult.Member member) {
        out.writeString(member.connectionId());
        out.writeOptional(member.userId());
        OperationResult.Details details = member.details();
        out.writeBoolean(details != null);
        if (details != null) {
            out.writeBlock(block -> writeDetails(block, details));
        }
    }

    private static void writeDetails(WireWriter out, OperationResult.Details details) {
        out.writeEnum(details.type());
        out.writeEnum(details.state());
        out.writeString(details.path());
        out.writeOptional(details.subprotocol());
        out.writeStrings(details.groups().first());
        out.writeInt(details.groups().count());
        out.writeLong(details.openedAtMillis());
        out.writeInt(details.redials().attempts());
        out.writeOptional(details.redials().lastError());
    }

    private static OperationResult.Member readMember(WireReader in) throws WireException {
        return new OperationResult.Member(
                in.readString(), in.readOptional(), in.readBoolean() ? readDetails(in.readBlock()) : null);
    }

    private static OperationResult.Details readDetails(WireReader in) throws WireException {
        return new OperationResult.Details(
                in.readEnum(ConnectionType.class),
                in.readEnum(ConnectionState.class),
                in.readString(),
                in.readOptional(),
                new OperationResult.GroupsOfMember(in.readStrings(), in.readInt()),
                in.readLong(),
                new OperationResult.Redials(in.readInt(), in.readOptional()));
    }

    private static void writeReport(WireWriter out, DeliveryReport deliveryReport) {
        out.writeInt(deliveryReport.written());
        out.writeInt(deliveryReport.queued());
        out.writeInt(deliveryReport.dropped());
        out.writeList(
                deliveryReport.failures(), (each, failure) -> each.writeBlock(block -> writeFailure(block, failure)));
    }

    private static void writeFailure(WireWriter out, DeliveryReport.FailedDelivery failedDelivery) {
        out.writeString(failedDelivery.connectionId());
        out.writeEnum(failedDelivery.type());
        out.writeEnum(failedDelivery.error());
    }

    private static DeliveryReport readReport(WireReader in) throws WireException {
        return new DeliveryReport(
                in.readInt(), in.readInt(), in.readInt(), in.readList(each -> readFailure(each.readBlock())));
    }

    private static DeliveryReport.FailedDelivery readFailure(WireReader in) throws WireException {
        return new DeliveryReport.FailedDelivery(
                in.readString(), in.readEnum(ConnectionType.class), in.readEnum(ErrorCode.class));
    }

    private static void writeSelector(WireWriter out, Selector target) {
        out.writeString(target.hub());
        out.writeOptional(target.connectionId());
        out.writeOptional(target.userId());
        out.writeOptional(target.group());
        out.writeOptional(target.filter() == null ? null : target.filter().source());
        out.writeStrings(target.excluded());
    }

    private static Selector readSelector(WireReader in) throws WireException {
        return new Selector(
                in.readString(),
                in.readOptional(),
                in.readOptional(),
                in.readOptional(),
                filter(in.readOptional()),
                new LinkedHashSet<>(in.readStrings()));
    }

    private static @Nullable Filter filter(@Nullable String source) throws WireException {
        try {
            return source == null ? null : FilterParser.parse(source);
        } catch (FilterException e) {
            throw WireException.malformed("invalid filter: " + e.getMessage());
        }
    }

    /** The name and the components of each operation. Names are literal: they must not follow those of the classes. */
    private static final class OperationBodies implements OperationVisitor<WireWriter.Body> {

        @Override
        public WireWriter.Body on(Operation.Count count) {
            return out -> out.writeString("Count");
        }

        @Override
        public WireWriter.Body on(Operation.ListMembers listMembers) {
            return out -> {
                out.writeString("Members");
                out.writeOptional(listMembers.after());
                out.writeInt(listMembers.limit());
            };
        }

        @Override
        public WireWriter.Body on(Operation.Show show) {
            return out -> {
                out.writeString("Show");
                out.writeOptional(show.after());
                out.writeInt(show.limit());
                out.writeOptionalEnum(show.type());
                out.writeOptionalEnum(show.state());
                out.writeInt(show.groups());
            };
        }

        @Override
        public WireWriter.Body on(Operation.FetchReport fetchReport) {
            return out -> {
                out.writeString("Outcome");
                out.writeLong(fetchReport.origin());
                out.writeLong(fetchReport.sequence());
                out.writeInt(fetchReport.withinMillis());
            };
        }

        @Override
        public WireWriter.Body on(Operation.Close close) {
            return out -> {
                out.writeString("Close");
                out.writeEnum(close.reason());
                out.writeShort(close.code());
                out.writeString(close.message());
            };
        }

        @Override
        public WireWriter.Body on(Operation.AddToGroups add) {
            return out -> {
                out.writeString("AddToGroups");
                out.writeStrings(add.groups());
            };
        }

        @Override
        public WireWriter.Body on(Operation.RemoveFromGroups remove) {
            return out -> {
                out.writeString("RemoveFromGroups");
                out.writeStrings(remove.groups());
            };
        }

        @Override
        public WireWriter.Body on(Operation.RemoveFromAllGroups remove) {
            return out -> out.writeString("RemoveFromAllGroups");
        }

        @Override
        public WireWriter.Body on(Operation.Grant grant) {
            return rule("Grant", grant.permission(), grant.group());
        }

        @Override
        public WireWriter.Body on(Operation.Revoke revoke) {
            return rule("Revoke", revoke.permission(), revoke.group());
        }

        @Override
        public WireWriter.Body on(Operation.EventDone done) {
            return out -> {
                out.writeString("EventDone");
                out.writeInt(done.event());
                Message message = done.message();
                out.writeBoolean(message != null);
                if (message != null) {
                    out.writeBlock(block -> writeMessage(block, message));
                }
                out.writeOptionalEnum(done.error());
                out.writeString(done.reason());
                out.writeString(done.connectionState());
            };
        }

        @Override
        public WireWriter.Body on(Operation.CountPermitted count) {
            return rule("CountPermitted", count.permission(), count.group());
        }

        private static WireWriter.Body rule(String name, Permission permission, String group) {
            return out -> {
                out.writeString(name);
                out.writeEnum(permission);
                out.writeString(group);
            };
        }
    }

    private static Operation readOperation(WireReader in) throws WireException {
        String name = in.readString();
        return switch (name) {
            case "Count" -> new Operation.Count();
            case "Members" -> new Operation.ListMembers(in.readOptional(), in.readInt());
            case "Show" ->
                new Operation.Show(
                        in.readOptional(),
                        in.readInt(),
                        in.readOptionalEnum(ConnectionType.class),
                        in.readOptionalEnum(ConnectionState.class),
                        in.readInt());
            case "Outcome" -> new Operation.FetchReport(in.readLong(), in.readLong(), in.readInt());
            case "Close" -> new Operation.Close(in.readEnum(CloseReason.class), in.readShort(), in.readString());
            case "AddToGroups" -> new Operation.AddToGroups(in.readStrings());
            case "RemoveFromGroups" -> new Operation.RemoveFromGroups(in.readStrings());
            case "RemoveFromAllGroups" -> new Operation.RemoveFromAllGroups();
            case "Grant" -> new Operation.Grant(in.readEnum(Permission.class), in.readString());
            case "Revoke" -> new Operation.Revoke(in.readEnum(Permission.class), in.readString());
            case "CountPermitted" -> new Operation.CountPermitted(in.readEnum(Permission.class), in.readString());
            case "EventDone" ->
                new Operation.EventDone(
                        in.readInt(),
                        in.readBoolean() ? readMessage(in.readBlock()) : null,
                        in.readOptionalEnum(ErrorCode.class),
                        in.readString(),
                        in.readString());
            default -> throw WireException.unknownKind("operation");
        };
    }
}
