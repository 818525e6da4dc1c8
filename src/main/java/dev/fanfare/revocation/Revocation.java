package dev.fanfare.revocation;

import dev.fanfare.core.RevocationKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One revocation. Immutable.
 *
 * @param subject the id of a token, a user, or a network in its canonical form
 * @param hub the hub that it is for, in lower case; null for all hubs
 * @param reason for operators; never sent to clients
 * @param createdBy the name of the caller who made it; null if it is not known
 * @param issuedBeforeSeconds tokens of a user that were issued in this second or before are refused, epoch seconds; 0 for
 *     other kinds
 * @param expiresAt when it ends by itself
 */
public record Revocation(
        RevocationKind kind,
        String subject,
        @Nullable String hub,
        @Nullable String reason,
        @Nullable String createdBy,
        Instant createdAt,
        long issuedBeforeSeconds,
        Instant expiresAt) {

    /** The longest reason, in characters. */
    public static final int MAX_REASON = 256;

    /** The id: follows from kind, subject and hub. */
    public String id() {
        return key().text();
    }

    RevocationId key() {
        return RevocationId.of(kind, hub, subject);
    }

    Revocation issuedBefore(long seconds) {
        return new Revocation(kind, subject, hub, reason, createdBy, createdAt, seconds, expiresAt);
    }
}
