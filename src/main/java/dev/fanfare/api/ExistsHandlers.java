package dev.fanfare.api;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.Future;

/** Reports whether a connection, a user or a group exists. The latter two exist while they have connections. */
final class ExistsHandlers {

    private ExistsHandlers() {}

    static Future<Reply> connection(Call call) {
        return exists(call, call.selectConnection(), "connection");
    }

    static Future<Reply> user(Call call) {
        return exists(call, call.selectUser(), "user");
    }

    static Future<Reply> group(Call call) {
        return exists(call, call.selectGroup(), "group");
    }

    private static Future<Reply> exists(Call call, Selector target, String what) {
        return call.found(target, new Operation.Count()).map(found -> okIf(found, what));
    }

    /** 200, or 404 if it does not exist. */
    static Reply okIf(boolean found, String what) {
        if (!found) {
            throw new ApiException(ErrorCode.NOT_FOUND, "there is no such " + what);
        }
        return Reply.OK;
    }
}
