package dev.fanfare.auth;

/**
 * What a token can be revoked by. It is read without a check of its signature: a caller who may revoke tokens may name any.
 *
 * @param tokenId its {@code jti}, or else a digest of it
 * @param expiresAtMillis when it expires, epoch milliseconds
 */
public record RevocableToken(String tokenId, long expiresAtMillis) {

    /** @throws AuthenticationException if it is not a token that could ever be accepted */
    public static RevocableToken parse(String text, int maxBytes) throws AuthenticationException {
        CompactToken.checkLength(text, maxBytes);
        Claims claims = CompactToken.parse(text).claims();
        return new RevocableToken(claims.tokenId(), claims.expiresAtMillis());
    }
}
