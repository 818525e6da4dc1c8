package dev.fanfare.api;

import dev.fanfare.config.ConfigException;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundRequest;
import dev.fanfare.shard.OutboundConnections;
import io.vertx.core.Future;
import java.util.stream.Collectors;

/** Opens connections to remote servers. */
final class OutboundHandlers {

    private OutboundHandlers() {}

    static Future<Reply> open(Call call) {
        String json = JsonText.check(call.body());
        return call.services()
                .outbound()
                .open(connection(call, json), json)
                .compose(id -> ListHandlers.opened(call, id))
                .recover(failure -> Future.failedFuture(
                        failure instanceof OutboundConnections.Rejection refused
                                ? new ApiException(refused.code(), String.valueOf(refused.getMessage()))
                                : failure));
    }

    private static OutboundConnection connection(Call call, String text) {
        try {
            return OutboundRequest.parse(text, call.hub(), call.services().config());
        } catch (ConfigException wrong) {
            throw ApiException.badRequest(
                    wrong.problems().get(0).key().isEmpty()
                            ? "body"
                            : wrong.problems().get(0).key(),
                    wrong.problems().stream()
                            .map(configProblem -> (configProblem.key().isEmpty() ? "body" : configProblem.key()) + ": "
                                    + configProblem.text())
                            .collect(Collectors.joining("\n")));
        }
    }
}
