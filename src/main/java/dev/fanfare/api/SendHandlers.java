package dev.fanfare.api;

import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends messages, which are accepted whether or not there are receivers. */
final class SendHandlers {

    private static final int MAX_TTL_SECONDS = 300;

    /** How long a report waits for slow readers: less than the usual timeout of callers. */
    static final int REPORT_MILLIS = 2000;

    private SendHandlers() {}

    static Future<Reply> toAll(Call call) {
        return send(call, call.selectHub().where(call.filter()).without(call.excluded()), null);
    }

    static Future<Reply> toGroup(Call call) {
        Selector target = call.selectGroup().where(call.filter()).without(call.excluded());
        return send(call, target, call.group());
    }

    static Future<Reply> toUser(Call call) {
        return send(call, call.selectUser().where(call.filter()).without(call.excluded()), null);
    }

    static Future<Reply> toConnection(Call call) {
        return send(call, call.selectConnection(), null);
    }

    /** Must not contain anything asynchronous: calls on one connection are published in their order. */
    private static Future<Reply> send(Call call, Selector target, @Nullable String group) {
        long expires = expiresAtMillis(call);
        boolean reported = call.requestQuery().flag("report");
        Map<String, String> metadata = call.metadata();
        Payload payload = MessageBody.of(call.contentType(), call.body());
        Message message = group == null
                ? Message.fromServer(payload, metadata, expires)
                : Message.toGroup(group, null, payload, metadata, expires);
        Services services = call.services();
        if (!services.broker().writable()) {
            throw tooMany(services, Metrics.Limit.IN_FLIGHT_BYTES, "too much waits for delivery; nothing was sent");
        }
        return reported ? report(services, target, message) : accept(services, target, message);
    }

    private static Future<Reply> accept(Services services, Selector target, Message message) {
        services.origin().publish(target, message);
        services.metrics().published(1);
        return Future.succeededFuture(Reply.ACCEPTED);
    }

    private static Future<Reply> report(Services services, Selector target, Message message) {
        if (!services.reports().take()) {
            throw tooMany(services, Metrics.Limit.REPORTS, "too many wait for reports; nothing was sent");
        }
        services.metrics().published(1);
        return Future.<Void>succeededFuture()
                .compose(v -> services.origin().publishAndReport(target, message, REPORT_MILLIS))
                .onComplete(done -> services.reports().give())
                .map(operationResult -> Reply.json(body(operationResult)));
    }

    private static ApiException tooMany(Services services, Metrics.Limit limit, String message) {
        services.metrics().limitReached(limit);
        return new ApiException(ErrorCode.TOO_MANY_REQUESTS, message);
    }

    private static JsonObject body(OperationResult operationResult) {
        DeliveryReport deliveryReport = operationResult.deliveryReport();
        JsonArray failures = new JsonArray();
        for (DeliveryReport.FailedDelivery failedDelivery : deliveryReport.failures()) {
            failures.add(new JsonObject()
                    .put("connectionId", failedDelivery.connectionId())
                    .put("type", failedDelivery.type().label())
                    .put("error", failedDelivery.error().restName()));
        }
        return new JsonObject()
                .put("matched", operationResult.matched())
                .put("written", deliveryReport.written())
                .put("queued", deliveryReport.queued())
                .put("dropped", deliveryReport.dropped())
                .put("unreachable", operationResult.unreachable())
                .put("failures", failures);
    }

    private static long expiresAtMillis(Call call) {
        int seconds = call.requestQuery().integer("messageTtlSeconds", 0, MAX_TTL_SECONDS, 0);
        return seconds == 0
                ? Message.NEVER
                : call.services().clock().millis() + Duration.ofSeconds(seconds).toMillis();
    }
}
