package dev.fanfare.operations;

import dev.fanfare.core.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The outcome of a message.
 *
 * @param matched the connections it was meant for: the sum of the next three
 * @param written for how many the kernel accepted all of it
 * @param queued for how many it waits, for a slow reader or for a client that may reconnect
 * @param dropped for how many it is lost
 * @param unreachable how many nodes did not report; what they did is not counted above
 * @param failures the first 100 connections it was dropped for
 */
public record SendReport(int matched, int written, int queued, int dropped, int unreachable, List<Failure> failures) {

    /**
     * Why a message was dropped for one connection.
     *
     * @param type inbound or outbound
     */
    public record Failure(String connectionId, String type, ErrorCode error) {}

    static SendReport of(JsonObject body) {
        List<Failure> failures = body.getJsonArray("failures").stream()
                .map(JsonObject.class::cast)
                .map(failure -> new Failure(
                        failure.getString("connectionId"),
                        failure.getString("type"),
                        OperationException.code(failure.getString("error"))))
                .toList();
        return new SendReport(
                body.getInteger("matched"),
                body.getInteger("written"),
                body.getInteger("queued"),
                body.getInteger("dropped"),
                body.getInteger("unreachable"),
                failures);
    }
}
