package dev.fanfare.api;

import dev.fanfare.config.ConfigException;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The configuration of the node that answers. */
final class ConfigurationHandlers {

    /** Not on the event bus: each node has a configuration of its own, and a caller there does not choose the node. */
    static final String RELOAD = "reloadConfiguration";

    private ConfigurationHandlers() {}

    static Future<Reply> reload(Call call) {
        return call.services()
                .node()
                .reload()
                .get()
                .map(change -> Reply.json(new JsonObject()
                        .put("applied", new JsonArray(change.applied()))
                        .put("atNextStart", new JsonArray(change.atNextStart()))))
                .recover(failure -> Future.failedFuture(
                        failure instanceof ConfigException problems
                                ? new ApiException(ErrorCode.BAD_REQUEST, String.valueOf(problems.getMessage()))
                                : failure));
    }
}
