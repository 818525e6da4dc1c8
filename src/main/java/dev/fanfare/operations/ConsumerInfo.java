package dev.fanfare.operations;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A registered consumer.
 *
 * @param clientId the user id of its connection
 * @param expires when its token expires
 * @param lastSeenAt when it registered, connected or disconnected last
 * @param connectionId null if it is not connected
 */
public record ConsumerInfo(
        String clientId,
        Instant registeredAt,
        Instant expires,
        Instant lastSeenAt,
        @Nullable String connectionId) {

    /**
     * A page of consumers.
     *
     * @param next where the next page begins; null on the last one
     */
    public record ConsumerInfoPage(
            List<ConsumerInfo> consumers, @Nullable String next) {

        static ConsumerInfoPage of(JsonObject body) {
            return new ConsumerInfoPage(
                    body.getJsonArray("value").stream()
                            .map(each -> ConsumerInfo.of((JsonObject) each))
                            .toList(),
                    body.getString("continuationToken"));
        }
    }

    static ConsumerInfo of(JsonObject body) {
        return new ConsumerInfo(
                body.getString("clientId"),
                Instant.parse(body.getString("registeredAt")),
                Instant.parse(body.getString("expires")),
                Instant.parse(body.getString("lastSeenAt")),
                body.getString("connectionId"));
    }
}
