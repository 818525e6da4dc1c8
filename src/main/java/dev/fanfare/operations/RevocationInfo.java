package dev.fanfare.operations;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A revocation.
 *
 * @param kind token, userTokens, user or addresses; later releases may have more
 * @param subject the id of a token, a user, or a network
 * @param hub null for all hubs
 * @param createdBy the subject of the token of the caller who made it; null if it had none
 */
public record RevocationInfo(
        String id,
        String kind,
        String subject,
        @Nullable String hub,
        @Nullable String reason,
        @Nullable String createdBy,
        Instant createdAt,
        Instant expires) {

    /**
     * A page of revocations.
     *
     * @param next where the next page begins; null on the last one
     */
    public record RevocationInfoPage(
            List<RevocationInfo> revocations, @Nullable String next) {

        static RevocationInfoPage of(JsonObject body) {
            return new RevocationInfoPage(
                    body.getJsonArray("value").stream()
                            .map(each -> RevocationInfo.of((JsonObject) each))
                            .toList(),
                    body.getString("continuationToken"));
        }
    }

    static RevocationInfo of(JsonObject body) {
        String user = body.getString("user");
        String other = body.getString("tokenId", body.getString("addresses"));
        return new RevocationInfo(
                body.getString("id"),
                body.getString("kind"),
                user == null ? other : user,
                body.getString("hub"),
                body.getString("reason"),
                body.getString("createdBy"),
                Instant.parse(body.getString("createdAt")),
                Instant.parse(body.getString("expires")));
    }
}
