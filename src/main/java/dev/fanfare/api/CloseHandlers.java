package dev.fanfare.api;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;

/** Closes connections; it is no error if there are none. */
final class CloseHandlers {

    /** The room in a close frame (RFC 6455 section 5.5.1). */
    private static final int REASON_BYTES = 123;

    /** Close codes have two bytes. */
    private static final int MAX_CODE = 0xFFFF;

    private CloseHandlers() {}

    static Future<Reply> all(Call call) {
        return close(call, call.selectHub().where(call.filter()).without(call.excluded()));
    }

    static Future<Reply> group(Call call) {
        return close(call, call.selectGroup().where(call.filter()).without(call.excluded()));
    }

    static Future<Reply> user(Call call) {
        return close(call, call.selectUser().where(call.filter()).without(call.excluded()));
    }

    static Future<Reply> connection(Call call) {
        Selector target = call.selectConnection();
        // A connection that is moving from one node to another may be closed by neither.
        return close(call, target)
                .onSuccess(closed -> call.services().outbound().withdraw(target.hub(), call.connectionId()));
    }

    private static Future<Reply> close(Call call, Selector target) {
        return call.ask(target, new Operation.Close(CloseReason.CLOSED_BY_API, code(call), reason(call)))
                .map(Reply.NO_CONTENT);
    }

    private static int code(Call call) {
        int code = call.requestQuery().integer("code", 0, MAX_CODE, CloseReason.CLOSED_BY_API.code());
        if (!CloseReason.maySend(code)) {
            throw ApiException.badRequest("code", "code: 1000 to 1003, 1007 to 1014 and 3000 to 4999 may be sent");
        }
        return code;
    }

    private static String reason(Call call) {
        String reason = call.requestQuery().oneOrEmpty("reason");
        if (reason == null || reason.isEmpty()) {
            return CloseReason.CLOSED_BY_API.text();
        }
        if (reason.getBytes(StandardCharsets.UTF_8).length > REASON_BYTES) {
            throw ApiException.badRequest("reason", "reason: at most " + REASON_BYTES + " bytes are allowed");
        }
        return reason;
    }
}
