package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.InvalidKeyException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Believes tokens (RFC 7519) that an access key or a key of a configured issuer signed. A token chooses whose key it is
 * held against, by {@code iss} and {@code kid}, but never the algorithm: that belongs to the key (RFC 8725). Unsigned
 * tokens, and such without an end, are always refused. One object serves all threads of a node.
 */
public final class JwtAuthenticator implements Authenticator {

    /** At about half a millisecond each, a quarter of a second of work. */
    private static final int MAX_WAITING_SIGNATURES = 1024;

    private final int maxTokenBytes;
    private final long toleranceMillis;
    private final InstantSource clock;
    private final @Nullable Authority accessKeys;
    private final Map<String, IssuerAuthority> issuers;
    private final JwksClient jwksClient;
    private final SignatureCheck signatures;

    /**
     * Reads all keys of the configuration; nothing is fetched before {@link #start}.
     *
     * @param publicEndpoints as {@link Config.Server#publicEndpoints}
     * @param clock against which tokens are held
     * @throws IllegalArgumentException if a key is unusable or there is none at all, with a text that says which
     */
    public JwtAuthenticator(Vertx vertx, Config.Auth config, List<String> publicEndpoints, InstantSource clock) {
        if (config.accessKeys().isEmpty() && config.issuers().isEmpty()) {
            throw new IllegalArgumentException(
                    "nobody could be authenticated: give auth.accessKeys, auth.issuers or both");
        }
        this.maxTokenBytes = config.maxTokenBytes();
        this.toleranceMillis = TimeUnit.SECONDS.toMillis(config.clockToleranceSeconds());
        this.clock = clock;
        this.accessKeys = accessKeys(vertx, config.accessKeys(), new PublicUrls(publicEndpoints));
        this.jwksClient = new JwksClient(vertx);
        this.issuers = config.issuers().stream()
                .map(issuer -> Map.entry(issuer.issuer(), new IssuerAuthority(vertx, jwksClient, issuer)))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue, JwtAuthenticator::twice));
        this.signatures = new SignatureCheck(vertx, MAX_WAITING_SIGNATURES);
    }

    private static IssuerAuthority twice(IssuerAuthority one, IssuerAuthority other) {
        throw new IllegalArgumentException("an issuer is given twice: " + one.name());
    }

    private static @Nullable Authority accessKeys(Vertx vertx, List<String> texts, PublicUrls urls) {
        List<VerificationKey> keys = new ArrayList<>();
        for (String text : texts) {
            try {
                keys.add(ConfiguredKey.ofAccessKey(vertx, text));
            } catch (InvalidKeyException e) {
                throw new IllegalArgumentException("access key " + (keys.size() + 1) + " " + e.getMessage(), e);
            }
        }
        return keys.isEmpty() ? null : new AccessKeyAuthority(keys, urls);
    }

    /**
     * Begins to fetch the keys that issuers publish. Succeeds when each was tried once, whether or not there was an
     * answer: until there is one, tokens of that issuer are refused.
     */
    public Future<Void> start() {
        return Future.join(issuers.values().stream().map(IssuerAuthority::start).toList())
                .mapEmpty();
    }

    /** Stops fetching and gives back threads and sockets. */
    public Future<Void> close() {
        return Future.join(issuers.values().stream().map(IssuerAuthority::close).toList())
                .eventually(jwksClient::close)
                .eventually(signatures::close)
                .mapEmpty();
    }

    @Override
    public Future<Principal> authenticateClient(String token, String hub) {
        return authenticate(token, (authority, claims) -> authority.client(claims, hub));
    }

    @Override
    public Future<Principal> authenticateApi(String token, String requestUri) {
        return authenticate(token, (authority, claims) -> authority.server(claims, requestUri));
    }

    /** The signature comes last because it costs most; before it is proven nothing is handed out. */
    private Future<Principal> authenticate(String text, Check check) {
        try {
            CompactToken token = CompactToken.parse(text, maxTokenBytes);
            checkTime(token.claims());
            Authority authority = authority(token);
            Principal principal = check.apply(authority, token.claims());
            return signatures.check(token, authority).map(principal);
        } catch (AuthenticationException e) {
            return Future.failedFuture(e);
        }
    }

    private void checkTime(Claims claims) throws AuthenticationException {
        long now = clock.millis();
        if (now >= claims.expiresAtMillis() + toleranceMillis) {
            throw new AuthenticationException(Reason.EXPIRED, "the token has expired; get a new one");
        }
        if (now < claims.notBeforeMillis() - toleranceMillis) {
            throw new AuthenticationException(
                    Reason.NOT_YET_VALID, "the token is not valid yet (nbf, iat); compare the clocks");
        }
    }

    private Authority authority(CompactToken token) throws AuthenticationException {
        String issuer = token.claims().issuer();
        Authority configured = issuer == null ? null : issuers.get(issuer);
        if (configured != null) {
            return configured;
        }
        if (accessKeys == null) {
            throw new AuthenticationException(Reason.WRONG_ISSUER, "the token's issuer (iss) is not in auth.issuers");
        }
        if (token.algorithm() != Algorithm.HS256) {
            throw new AuthenticationException(
                    Reason.WRONG_ISSUER,
                    "the token's issuer (iss) is not in auth.issuers, and access keys sign with HS256 only");
        }
        return accessKeys;
    }

    /** What an authority says to the claims of a token. */
    private interface Check {
        Principal apply(Authority authority, Claims claims) throws AuthenticationException;
    }
}
