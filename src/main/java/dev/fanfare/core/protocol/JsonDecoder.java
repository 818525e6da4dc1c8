package dev.fanfare.core.protocol;

import dev.fanfare.core.Names;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decodes client frames from JSON: which properties a frame has, and what they may hold. Immutable. */
final class JsonDecoder {

    private static final String TYPE = "type";
    private static final String GROUP = "group";
    private static final String EVENT = "event";
    private static final String DATA_TYPE = "dataType";
    private static final String DATA = "data";
    private static final String ACK_ID = "ackId";
    private static final String NO_ECHO = "noEcho";
    private static final String TTL_SECONDS = "ttlSeconds";
    private static final String METADATA = "metadata";
    private static final String SEQUENCE_ID = "sequenceId";
    private static final String TOKEN = "token";

    private static final String INVOKE = "invoke";
    private static final String INVOCATION_ID = "invocationId";
    private static final String TARGET = "target";

    private static final int MAX_TTL_SECONDS = 300;
    private static final int MAX_INVOCATION_ID = 128;

    private final Names names;

    JsonDecoder(Names names) {
        this.names = names;
    }

    ClientFrame decode(byte[] text) throws ProtocolViolation {
        JsonFrame frame = new JsonFrame(text);
        try {
            return decode(frame);
        } catch (ProtocolViolation violation) {
            if (violation.isOfContent()) {
                return answerable(frame, violation);
            }
            throw violation;
        }
    }

    /**
     * SDKs resend a request whose connection ends, so a single invalid name would close one connection after the other.
     */
    private static ClientFrame answerable(JsonFrame frame, ProtocolViolation violation) throws ProtocolViolation {
        if (frame.string(TYPE).equalsIgnoreCase(INVOKE)) {
            return new ClientFrame.NotAllowed(violation, null, invocationId(frame));
        }
        Long ackId = ackId(frame);
        if (ackId == null) {
            throw violation;
        }
        return new ClientFrame.NotAllowed(violation, ackId, null);
    }

    private ClientFrame decode(JsonFrame frame) throws ProtocolViolation {
        return switch (frame.string(TYPE).toLowerCase(Locale.ROOT)) {
            case "joingroup" -> new ClientFrame.JoinGroup(group(frame), ackId(frame));
            case "leavegroup" -> new ClientFrame.LeaveGroup(group(frame), ackId(frame));
            case "sendtogroup" -> sendToGroup(frame);
            case "event" -> event(frame);
            case INVOKE -> invoke(frame);
            case "cancelinvocation" -> new ClientFrame.CancelInvocation(invocationId(frame));
            case "ping" -> new ClientFrame.Ping();
            case "sequenceack" -> new ClientFrame.SequenceAck(sequenceId(frame));
            case "refreshtoken" -> new ClientFrame.RefreshToken(frame.string(TOKEN), ackId(frame));
            default ->
                throw JsonFrame.violation(
                        TYPE,
                        "must be joinGroup, leaveGroup, sendToGroup, event, invoke, cancelInvocation, ping, sequenceAck"
                                + " or refreshToken");
        };
    }

    private ClientFrame sendToGroup(JsonFrame frame) throws ProtocolViolation {
        return new ClientFrame.SendToGroup(
                group(frame), payload(frame), frame.flag(NO_ECHO), ttlSeconds(frame), metadata(frame), ackId(frame));
    }

    private ClientFrame event(JsonFrame frame) throws ProtocolViolation {
        return new ClientFrame.Event(eventName(frame), payload(frame), metadata(frame), ackId(frame));
    }

    private ClientFrame invoke(JsonFrame frame) throws ProtocolViolation {
        if (!frame.string(TARGET).equalsIgnoreCase(EVENT)) {
            throw JsonFrame.violation(TARGET, "must be event");
        }
        boolean empty = !frame.has(DATA) && !frame.has(DATA_TYPE);
        return new ClientFrame.Invoke(invocationId(frame), eventName(frame), empty ? Payload.text("") : payload(frame));
    }

    private static String invocationId(JsonFrame frame) throws ProtocolViolation {
        String id = frame.string(INVOCATION_ID);
        if (id.isEmpty() || Names.length(id) > MAX_INVOCATION_ID) {
            throw JsonFrame.violation(INVOCATION_ID, "must have 1 to " + MAX_INVOCATION_ID + " characters");
        }
        if (id.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw JsonFrame.violation(INVOCATION_ID, "has an unpaired surrogate; the answer could not repeat it");
        }
        return id;
    }

    private String eventName(JsonFrame frame) throws ProtocolViolation {
        String event = frame.string(EVENT);
        checkName(names.eventProblem(event));
        return event;
    }

    private String group(JsonFrame frame) throws ProtocolViolation {
        String group = frame.string(GROUP);
        checkName(names.groupProblem(group));
        return group;
    }

    private static Payload payload(JsonFrame frame) throws ProtocolViolation {
        DataType type = dataType(frame);
        if (!frame.has(DATA) && frame.hasValue(METADATA)) {
            return Payload.text("");
        }
        return switch (type) {
            case JSON -> new Payload(type, json(frame));
            case TEXT -> new Payload(type, frame.utf8(DATA));
            case BINARY, PROTOBUF -> new Payload(type, base64(frame.utf8(DATA)));
        };
    }

    private static DataType dataType(JsonFrame frame) throws ProtocolViolation {
        if (!frame.has(DATA_TYPE)) {
            return DataType.JSON;
        }
        String name = frame.string(DATA_TYPE);
        for (DataType type : DataType.values()) {
            if (type.wireName().equalsIgnoreCase(name)) {
                return type;
            }
        }
        throw JsonFrame.violation(DATA_TYPE, "must be json, text, binary or protobuf");
    }

    /** JSON is forwarded verbatim: neither white space nor the spelling of numbers changes. */
    private static byte[] json(JsonFrame frame) throws ProtocolViolation {
        if (frame.has(DATA) && !frame.hasValue(DATA)) {
            throw JsonFrame.violation(DATA, "must not be null");
        }
        return frame.verbatim(DATA);
    }

    private static byte[] base64(byte[] text) throws ProtocolViolation {
        if (text.length % 4 == 0) {
            try {
                return Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                // reported below, like wrong padding
            }
        }
        throw JsonFrame.violation(DATA, "must be base64 with padding (RFC 4648 section 4)");
    }

    private static Map<String, String> metadata(JsonFrame frame) throws ProtocolViolation {
        Map<String, String> metadata = frame.strings(METADATA);
        String problem = Names.metadataProblem(metadata);
        if (problem != null) {
            throw ProtocolViolation.ofMetadata(problem);
        }
        return metadata;
    }

    private static int ttlSeconds(JsonFrame frame) throws ProtocolViolation {
        return frame.has(TTL_SECONDS) ? (int) frame.unsigned(TTL_SECONDS, MAX_TTL_SECONDS) : 0;
    }

    private static @Nullable Long ackId(JsonFrame frame) throws ProtocolViolation {
        return frame.hasValue(ACK_ID) ? frame.unsigned(ACK_ID, JsonFrame.MAX_UNSIGNED) : null;
    }

    /** No sequence id exceeds {@code Long.MAX_VALUE}, so a larger one acknowledges as much as that. */
    private static long sequenceId(JsonFrame frame) throws ProtocolViolation {
        long id = frame.unsignedOrDigits(SEQUENCE_ID, JsonFrame.MAX_UNSIGNED);
        return id < 0 ? Long.MAX_VALUE : id;
    }

    private static void checkName(@Nullable String problem) throws ProtocolViolation {
        if (problem != null) {
            throw ProtocolViolation.ofName(problem);
        }
    }
}
