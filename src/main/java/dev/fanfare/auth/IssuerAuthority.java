package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.InvalidKeyException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An identity provider of the configuration, with configured or published keys. Thread-safe. */
final class IssuerAuthority implements Authority {

    private static final String API_HUBS = "/api/hubs/";

    private final Config.Issuer issuer;
    private final Set<String> hubs;
    private final TokenSigner signer;
    private final KeySet configured;
    private final @Nullable RemoteKeys remote;

    /** @throws IllegalArgumentException if a key is unusable, or there is none and no URL to fetch some from */
    IssuerAuthority(Vertx vertx, JwksClient client, Config.Issuer issuer) {
        this.issuer = issuer;
        this.signer = TokenSigner.issuer(issuer.issuer());
        this.hubs =
                issuer.hubs().stream().map(hub -> hub.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        List<VerificationKey> keys = read(vertx, issuer);
        this.configured = new KeySet(keys);
        String url = issuer.jwksUrl();
        if (url == null && keys.isEmpty()) {
            throw new IllegalArgumentException("issuer " + issuer.issuer() + " has no keys: give keys or jwksUrl");
        }
        this.remote = url == null ? null : new RemoteKeys(vertx, client, issuer, JwksClient.request(url), keys);
    }

    private static List<VerificationKey> read(Vertx vertx, Config.Issuer issuer) {
        List<VerificationKey> keys = new ArrayList<>();
        for (Config.JwtKey key : issuer.keys()) {
            try {
                keys.add(ConfiguredKey.read(vertx, key));
            } catch (InvalidKeyException e) {
                throw new IllegalArgumentException(
                        "issuer " + issuer.issuer() + ": key " + (keys.size() + 1) + " " + e.getMessage(), e);
            }
        }
        return keys;
    }

    String name() {
        return issuer.issuer();
    }

    /** Whether it was made for exactly this section. */
    boolean isOf(Config.Issuer other) {
        return issuer.equals(other);
    }

    Future<Void> start() {
        return remote == null ? Future.succeededFuture() : remote.start();
    }

    Future<Void> close() {
        return remote == null ? Future.succeededFuture() : remote.close();
    }

    @Override
    public Principal client(Claims claims, String hub) throws AuthenticationException {
        checkAudience(claims);
        checkHub(hub);
        return principal(
                claims,
                issuer.closeOnExpiry()
                        ? claims.expiresAtMillis() + TimeUnit.SECONDS.toMillis(issuer.expiryGraceSeconds())
                        : Principal.NEVER);
    }

    @Override
    public Principal server(Claims claims, String requestUri) throws AuthenticationException {
        checkAudience(claims);
        Principal principal = principal(claims, Principal.NEVER);
        if (issuer.apiRole().isEmpty() || !principal.roles().contains(issuer.apiRole())) {
            throw new AuthenticationException(
                    Reason.NOT_PERMITTED, "the token lacks the role that its issuer needs for the REST API (apiRole)");
        }
        checkHub(hubOf(requestUri));
        return principal;
    }

    private void checkAudience(Claims claims) throws AuthenticationException {
        if (Collections.disjoint(issuer.audience(), claims.audience())) {
            throw new AuthenticationException(
                    Reason.WRONG_AUDIENCE, "the token's audience (aud) is none of those that its issuer has for us");
        }
    }

    private void checkHub(String hub) throws AuthenticationException {
        if (!hubs.isEmpty() && !hubs.contains(hub)) {
            throw new AuthenticationException(
                    Reason.NOT_PERMITTED, "tokens of this issuer are not good for this hub (hubs)");
        }
    }

    /** The hub in a path of the REST API; a string that is not a hub name if there is none. */
    private static String hubOf(String requestUri) {
        if (!requestUri.startsWith(API_HUBS)) {
            return "";
        }
        String rest = requestUri.substring(API_HUBS.length());
        return PublicUrls.decode(rest.split("[/?]", 2)[0]).toLowerCase(Locale.ROOT);
    }

    private Principal principal(Claims claims, long endsAtMillis) throws AuthenticationException {
        return new Principal(
                claims.text(issuer.userClaim()),
                claims.words(issuer.rolesClaim()),
                claims.texts(issuer.groupsClaim()),
                claims.all(),
                claims.tokenId(),
                claims.issuedAtSeconds(),
                claims.expiresAtMillis(),
                endsAtMillis,
                signer);
    }

    @Override
    public TokenSigner signer(VerificationKey key) {
        return signer;
    }

    @Override
    public KeySet keys() {
        return remote == null ? configured : remote.keys();
    }

    @Override
    public Future<KeySet> newerKeys() {
        return remote == null ? Future.succeededFuture(configured) : remote.newer();
    }
}
