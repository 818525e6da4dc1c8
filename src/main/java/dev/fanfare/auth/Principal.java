package dev.fanfare.auth;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a valid token says it is.
 *
 * @param userId null for an anonymous user
 * @param roles as in the token
 * @param groups to be joined at connect, as in the token, not yet checked
 * @param claims all claims, each as a list of strings, for event handlers
 * @param expiresAtMillis when the token ends, epoch milliseconds
 * @param endsAtMillis when the connection is to end, epoch milliseconds: the token's end and the issuer's grace, or
 *     {@link #NEVER} where connections outlive their tokens and for calls of the REST API
 */
public record Principal(
        @Nullable String userId,
        List<String> roles,
        List<String> groups,
        Map<String, List<String>> claims,
        long expiresAtMillis,
        long endsAtMillis) {

    /** The value of {@link #endsAtMillis} of a connection that outlives its token. */
    public static final long NEVER = Long.MAX_VALUE;
}
