package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The holders of access keys and of scoped keys: server SDKs and the command line. Their tokens are valid for the URL
 * that they name as audience.
 */
final class AccessKeyAuthority implements Authority {

    private final KeySet keys;
    private final Map<VerificationKey, TokenSigner> signers;
    private final TokenSigner unverified;
    private final PublicUrls urls;
    private final boolean closeOnExpiry;
    private final long graceMillis;

    /** @param signers the keys, in the order in which they are tried; at least one */
    AccessKeyAuthority(Map<VerificationKey, TokenSigner> signers, Config.Auth config, PublicUrls urls) {
        this.keys = new KeySet(List.copyOf(signers.keySet()));
        this.signers = Collections.unmodifiableMap(new LinkedHashMap<>(signers));
        this.unverified = signers.values().iterator().next();
        this.urls = urls;
        this.closeOnExpiry = config.closeOnExpiry();
        this.graceMillis = TimeUnit.SECONDS.toMillis(config.expiryGraceSeconds());
    }

    @Override
    public Principal client(Claims claims, String hub) throws AuthenticationException {
        long endsAtMillis = closeOnExpiry ? claims.expiresAtMillis() + graceMillis : Principal.NEVER;
        return principal(claims, urls.clientProblem(claims.audience(), hub), endsAtMillis);
    }

    @Override
    public Principal server(Claims claims, String requestUri) throws AuthenticationException {
        return principal(claims, urls.requestProblem(claims.audience(), requestUri), Principal.NEVER);
    }

    private Principal principal(Claims claims, @Nullable String audienceProblem, long endsAtMillis)
            throws AuthenticationException {
        if (audienceProblem != null) {
            throw new AuthenticationException(Reason.WRONG_AUDIENCE, audienceProblem);
        }
        return new Principal(
                claims.text("sub"),
                claims.texts("role"),
                claims.texts("webpubsub.group"),
                claims.all(),
                claims.tokenId(),
                claims.issuedAtSeconds(),
                claims.expiresAtMillis(),
                endsAtMillis,
                unverified);
    }

    @Override
    public TokenSigner signer(VerificationKey key) {
        return Objects.requireNonNull(signers.get(key), "a key of another authority");
    }

    @Override
    public KeySet keys() {
        return keys;
    }

    @Override
    public Future<KeySet> newerKeys() {
        return Future.succeededFuture(keys);
    }
}
