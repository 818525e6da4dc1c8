package dev.fanfare.core.session;

import dev.fanfare.core.Fingerprint;
import org.jspecify.annotations.Nullable;

/**
 * What a client was admitted with, as far as it can be revoked later. It moves with the session. Immutable.
 *
 * @param token stands for the id of the token; null if it is not known
 * @param issuedAtSeconds when the token was issued, epoch seconds; {@link #UNKNOWN} if it does not say
 * @param address the 4 or 16 bytes from which the client connected last, which must not be modified; null if it is not known
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TokenGrant(@Nullable Fingerprint token, long issuedAtSeconds, byte @Nullable [] address) {

    /** Before every moment: a token that does not say when it was issued is taken for an old one. */
    public static final long UNKNOWN = -1;

    /** Of a session that came from an earlier version, and of connections without a token. */
    public static final TokenGrant NONE = new TokenGrant(null, UNKNOWN, null);

    /** @param tokenId of any length */
    public static TokenGrant of(String tokenId, long issuedAtSeconds, byte @Nullable [] address) {
        return new TokenGrant(tokenFingerprint(tokenId), issuedAtSeconds, address);
    }

    /** What stands for the id of a token. */
    public static Fingerprint tokenFingerprint(String tokenId) {
        return Fingerprint.of("token", tokenId);
    }

    /** The same client, at another address. */
    public TokenGrant at(byte[] now) {
        return new TokenGrant(token, issuedAtSeconds, now);
    }
}
