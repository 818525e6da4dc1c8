package dev.fanfare.auth;

import dev.fanfare.core.session.TokenGrant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The identity and rights that a valid token grants.
 *
 * @param userId null for an anonymous user
 * @param roles as in the token
 * @param groups to join at connect, as in the token, not validated
 * @param claims all claims, each as a list of strings, for event handlers
 * @param tokenId what the token can be revoked by: its {@code jti}, or else a digest of it
 * @param issuedAtSeconds when the token was issued, epoch seconds; {@link TokenGrant#UNKNOWN} if it does not say
 * @param expiresAtMillis when the token expires, epoch milliseconds
 * @param endsAtMillis when the connection must end, epoch milliseconds: the expiry and the issuer's grace period, or
 *     {@link #NEVER} if connections outlive their tokens and for REST calls
 * @param signer who signed the token
 */
public record Principal(
        @Nullable String userId,
        List<String> roles,
        List<String> groups,
        Map<String, List<String>> claims,
        String tokenId,
        long issuedAtSeconds,
        long expiresAtMillis,
        long endsAtMillis,
        TokenSigner signer) {

    /** The value of {@link #endsAtMillis} of a connection that outlives its token. */
    public static final long NEVER = Long.MAX_VALUE;

    Principal signedBy(TokenSigner signer) {
        return new Principal(
                userId, roles, groups, claims, tokenId, issuedAtSeconds, expiresAtMillis, endsAtMillis, signer);
    }

    /**
     * What a client is admitted with.
     *
     * @param address the 4 or 16 bytes from which it connects; null if they are not known
     */
    public TokenGrant grant(byte @Nullable [] address) {
        return TokenGrant.of(tokenId, issuedAtSeconds, address);
    }
}
