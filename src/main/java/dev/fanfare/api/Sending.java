package dev.fanfare.api;

import dev.fanfare.broker.Selector;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends messages. They are accepted whether anybody receives them or not. */
final class Sending {

    private static final int MAX_TTL_SECONDS = 300;

    private Sending() {}

    static Future<Reply> toAll(Call call) {
        return send(call, call.selectHub().where(call.filter()).without(call.excluded()), null);
    }

    static Future<Reply> toGroup(Call call) {
        Selector target = call.selectGroup().where(call.filter()).without(call.excluded());
        return send(call, target, call.group());
    }

    static Future<Reply> toUser(Call call) {
        return send(call, call.selectUser().where(call.filter()), null);
    }

    static Future<Reply> toConnection(Call call) {
        return send(call, call.selectConnection(), null);
    }

    /** Nothing asynchronous may stand here: calls on one connection are published in their order. */
    private static Future<Reply> send(Call call, Selector target, @Nullable String group) {
        long expires = expiresAtMillis(call);
        Map<String, String> metadata = MessageMetadata.of(call.headers());
        Payload payload = MessageBody.of(ContentType.of(call.headers()), call.body());
        Services services = call.services();
        if (!services.broker().writable()) {
            services.metrics().limitReached(Metrics.Limit.IN_FLIGHT_BYTES);
            throw new Refusal(ErrorCode.TOO_MANY_REQUESTS, "too much waits for delivery; nothing was sent");
        }
        services.origin()
                .publish(
                        target,
                        group == null
                                ? Message.fromServer(payload, metadata, expires)
                                : Message.toGroup(group, null, payload, metadata, expires));
        services.metrics().published(1);
        return Future.succeededFuture(Reply.ACCEPTED);
    }

    private static long expiresAtMillis(Call call) {
        int seconds = call.query().integer("messageTtlSeconds", 0, MAX_TTL_SECONDS, 0);
        return seconds == 0
                ? Message.NEVER
                : call.services().clock().millis() + Duration.ofSeconds(seconds).toMillis();
    }
}
