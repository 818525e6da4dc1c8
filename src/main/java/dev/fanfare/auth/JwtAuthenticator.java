package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import dev.fanfare.core.OperationClass;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.security.InvalidKeyException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Accepts tokens (RFC 7519) signed with an access key or a key of a configured issuer. A token selects the key by
 * {@code iss} and {@code kid}, but never the algorithm, which belongs to the key (RFC 8725). Unsigned tokens, and
 * tokens without {@code exp}, are always refused. Tokens are parsed and verified off the event loops, except those
 * verified recently ({@code src/docs/decisions/0018-tokens-off-the-loops.md}). One instance serves all threads of a
 * node; {@link Verification} bounds the work.
 */
public final class JwtAuthenticator implements Authenticator {

    private final Vertx vertx;
    private final InstantSource clock;
    private final JwksClient jwksClient;
    private volatile Trusted trust;
    private final Verification verification;

    /** Separate, so that servers, which sign a token for each call, do not evict the tokens of clients. */
    private final VerifiedTokens clients = new VerifiedTokens();

    private final VerifiedTokens servers = new VerifiedTokens();

    /**
     * Reads all keys of the configuration; fetches nothing before {@link #start}.
     *
     * @param publicEndpoints as {@link Config.Server#publicEndpoints}
     * @param clock against which tokens are checked
     * @throws IllegalArgumentException if a key is unusable or none is configured; the message says which
     */
    public JwtAuthenticator(Vertx vertx, Config.Auth config, List<String> publicEndpoints, InstantSource clock) {
        this.vertx = vertx;
        this.clock = clock;
        this.jwksClient = new JwksClient(vertx);
        this.trust = trust(config, publicEndpoints, Map.of());
        this.verification = new Verification(
                vertx,
                Verification.THREADS,
                Verification.BOUNDS,
                new FailureLimit(config.failedTokensPerSecond(), System::nanoTime));
    }

    /** Issuers that stay as they were keep their authorities, with the keys that have been fetched. */
    private Trusted trust(Config.Auth config, List<String> publicEndpoints, Map<String, IssuerAuthority> before) {
        if (config.accessKeys().isEmpty()
                && config.scopedKeys().isEmpty()
                && config.issuers().isEmpty()) {
            throw new IllegalArgumentException(
                    "no client could be authenticated: set auth.accessKeys, auth.issuers or both");
        }
        return new Trusted(
                config.maxTokenBytes(),
                TimeUnit.SECONDS.toMillis(config.clockToleranceSeconds()),
                accessKeys(vertx, config, new PublicUrls(publicEndpoints)),
                config.issuers().stream()
                        .map(issuer -> Map.entry(issuer.issuer(), authority(issuer, before.get(issuer.issuer()))))
                        .collect(Collectors.toUnmodifiableMap(
                                Map.Entry::getKey, Map.Entry::getValue, JwtAuthenticator::duplicate)));
    }

    private IssuerAuthority authority(Config.Issuer issuer, @Nullable IssuerAuthority before) {
        return before != null && before.isOf(issuer) ? before : new IssuerAuthority(vertx, jwksClient, issuer);
    }

    /**
     * Prepares for other keys and issuers. Any thread.
     *
     * @return takes them: from then on tokens of removed ones are refused, also those that were verified before
     * @throws IllegalArgumentException as the constructor does
     */
    public Runnable prepare(Config.Auth config, List<String> publicEndpoints) {
        Trusted before = trust;
        Trusted next = trust(config, publicEndpoints, before.issuers);
        return () -> {
            trust = next;
            next.issuers.values().stream()
                    .filter(issuer -> !before.issuers.containsValue(issuer))
                    .forEach(IssuerAuthority::start);
            before.issuers.values().stream()
                    .filter(issuer -> !next.issuers.containsValue(issuer))
                    .forEach(IssuerAuthority::close);
        };
    }

    private static IssuerAuthority duplicate(IssuerAuthority one, IssuerAuthority other) {
        throw new IllegalArgumentException("an issuer is given twice: " + one.name());
    }

    private static @Nullable Authority accessKeys(Vertx vertx, Config.Auth config, PublicUrls urls) {
        Map<VerificationKey, TokenSigner> keys = new LinkedHashMap<>();
        for (String text : config.accessKeys()) {
            keys.put(accessKey(vertx, text, "access key " + (keys.size() + 1)), TokenSigner.accessKey(keys.size()));
        }
        for (Config.ScopedKey key : config.scopedKeys()) {
            keys.put(accessKey(vertx, key.key(), "scoped key " + key.name()), TokenSigner.scopedKey(key));
        }
        return keys.isEmpty() ? null : new AccessKeyAuthority(keys, config, urls);
    }

    private static VerificationKey accessKey(Vertx vertx, String text, String name) {
        try {
            return ConfiguredKey.ofAccessKey(vertx, text);
        } catch (InvalidKeyException e) {
            throw new IllegalArgumentException(name + " " + e.getMessage(), e);
        }
    }

    /**
     * Starts fetching the keys that issuers publish. Succeeds after one attempt for each, whether or not it worked:
     * until keys are fetched, tokens of that issuer are refused.
     */
    public Future<Void> start() {
        return Future.join(trust.issuers.values().stream()
                        .map(IssuerAuthority::start)
                        .toList())
                .mapEmpty();
    }

    /** Stops fetching and releases threads and sockets. */
    public Future<Void> close() {
        return Future.join(trust.issuers.values().stream()
                        .map(IssuerAuthority::close)
                        .toList())
                .eventually(jwksClient::close)
                .eventually(verification::close)
                .mapEmpty();
    }

    @Override
    public Future<Principal> authenticateClient(String token, String hub, InetAddress from, BooleanSupplier wanted) {
        return authenticate(token, new Caller(from, wanted), trust.maxTokenBytes, clients, new ClientCheck(hub));
    }

    @Override
    public Future<Principal> authenticateApi(
            String token, String requestUri, InetAddress from, BooleanSupplier wanted) {
        // Such a token contains the URL in base64, so long names of groups and users make it longer.
        int maxBytes = trust.maxTokenBytes + 4 * requestUri.length() / 3;
        return authenticate(
                token,
                new Caller(from, wanted),
                maxBytes,
                servers,
                (authority, claims) -> authority.server(claims, requestUri));
    }

    private Future<Principal> authenticate(
            String text, Caller caller, int maxBytes, VerifiedTokens known, Check check) {
        try {
            CompactToken.checkLength(text, maxBytes);
        } catch (AuthenticationException e) {
            return Future.failedFuture(e);
        }
        VerifiedTokens.ValidSignature signature = known.signature(text);
        if (signature != null) {
            try {
                ReadToken readToken = read(text, check);
                if (readToken.authority.keys() == signature.keys()) {
                    return Future.succeededFuture(readToken.signedBy(signature.by(), check).principal);
                }
            } catch (AuthenticationException e) {
                known.remove(text); // a repetition is verified off the event loops and delayed like other failures
            }
        }
        return verification.verify(caller.from, caller.wanted, place -> verify(text, known, check, place));
    }

    private Future<Principal> verify(String text, VerifiedTokens known, Check check, Verification.Place place) {
        return place.call(() -> {
                    ReadToken readToken = read(text, check);
                    KeySet keys = readToken.authority.keys();
                    return keys.knows(readToken.token) ? verified(readToken, keys, known, check) : readToken;
                })
                .compose(readToken -> readToken.verified
                        ? Future.succeededFuture(readToken)
                        : readToken
                                .authority
                                .newerKeys()
                                .compose(newer -> place.call(() -> verified(readToken, newer, known, check))))
                .map(ReadToken::principal);
    }

    /**
     * The claims of a token. The signature is checked last because it costs most; before that nothing is returned to
     * callers.
     */
    private ReadToken read(String text, Check check) throws AuthenticationException {
        Trusted trusted = trust;
        CompactToken token = CompactToken.parse(text);
        checkTime(token.claims(), trusted.toleranceMillis);
        Authority authority = trusted.authority(token);
        Principal principal = trusted.principal(token, authority, check);
        if (clock.millis() >= principal.endsAtMillis()) { // within the tolerance, but the connection would end at once
            throw expired();
        }
        return new ReadToken(token, authority, principal, false);
    }

    private static ReadToken verified(ReadToken readToken, KeySet keys, VerifiedTokens known, Check check)
            throws AuthenticationException {
        CompactToken token = readToken.token;
        List<VerificationKey> candidates = keys.candidates(token);
        if (candidates.isEmpty()) {
            throw new AuthenticationException(Reason.UNKNOWN_KEY, noKey(token, keys));
        }
        for (VerificationKey key : candidates) {
            if (key.verifies(token)) {
                ReadToken verified = readToken.signedBy(key, check);
                known.add(token.text(), new VerifiedTokens.ValidSignature(keys, key));
                return verified;
            }
        }
        throw new AuthenticationException(
                Reason.BAD_SIGNATURE, "the token was signed with another key than those we know, or was changed");
    }

    private static String noKey(CompactToken token, KeySet keys) {
        if (token.algorithm() == null) {
            return "the token's algorithm (alg) is not supported";
        }
        if (keys.isEmpty()) {
            return "the keys of the token's issuer are not known yet; try again";
        }
        if (token.keyId() == null) {
            return "no key of the token's issuer is for its algorithm (alg)";
        }
        return keys.knows(token)
                ? "the key that the token names (kid) is for another algorithm (alg)"
                : "no key of the token's issuer has its key id (kid) and algorithm (alg)";
    }

    private void checkTime(Claims claims, long toleranceMillis) throws AuthenticationException {
        long now = clock.millis();
        if (now >= claims.expiresAtMillis() + toleranceMillis) {
            throw expired();
        }
        if (now < claims.notBeforeMillis() - toleranceMillis) {
            throw new AuthenticationException(
                    Reason.NOT_YET_VALID, "the token is not valid yet (nbf, iat); compare the clocks");
        }
    }

    private static AuthenticationException expired() {
        return new AuthenticationException(Reason.EXPIRED, "the token has expired; get a new one");
    }

    private static AuthenticationException wrongIssuer(String message) {
        return new AuthenticationException(Reason.WRONG_ISSUER, message);
    }

    /** What is trusted at present; replaced as a whole. */
    private record Trusted(
            int maxTokenBytes,
            long toleranceMillis,
            @Nullable Authority accessKeys,
            Map<String, IssuerAuthority> issuers) {

        Principal principal(CompactToken token, Authority authority, Check check) throws AuthenticationException {
            try {
                return check.apply(authority, token.claims());
            } catch (AuthenticationException e) {
                if (authority == accessKeys && token.claims().issuer() != null) {
                    throw wrongIssuer(
                            "the token's issuer (iss) is not in auth.issuers, so it is taken for one of an access"
                                    + " key, and then: " + e.getMessage());
                }
                throw e;
            }
        }

        Authority authority(CompactToken token) throws AuthenticationException {
            String issuer = token.claims().issuer();
            Authority configured = issuer == null ? null : issuers.get(issuer);
            if (configured != null) {
                return configured;
            }
            String whose = issuer == null
                    ? "the token names no issuer (iss)"
                    : "the token's issuer (iss) is not in auth.issuers";
            if (accessKeys == null) {
                throw wrongIssuer(whose + ", and there are no access keys");
            }
            if (token.algorithm() != Algorithm.HS256) {
                throw wrongIssuer(whose + ", and access keys sign with HS256 only");
            }
            return accessKeys;
        }
    }

    /**
     * A token that has been read.
     *
     * @param verified whether its signature is valid
     */
    private record ReadToken(CompactToken token, Authority authority, Principal principal, boolean verified) {

        /** The same after its signature turned out to be one of a key, which may not be good for this use. */
        ReadToken signedBy(VerificationKey key, Check check) throws AuthenticationException {
            TokenSigner signer = authority.signer(key);
            check.permitted(signer);
            return new ReadToken(token, authority, principal.signedBy(signer), true);
        }
    }

    /** Where a token comes from, and whether the answer is still needed. */
    private record Caller(InetAddress from, BooleanSupplier wanted) {}

    /** Checks the claims of a token with its authority. */
    private interface Check {
        Principal apply(Authority authority, Claims claims) throws AuthenticationException;

        /** Checks what is known once the signature is: whether the key may be used for this at all. */
        default void permitted(TokenSigner signer) throws AuthenticationException {
            // each operation of the REST API needs a class of its own
        }
    }

    /** A client that connects to a hub. */
    private record ClientCheck(String hub) implements Check {

        @Override
        public Principal apply(Authority authority, Claims claims) throws AuthenticationException {
            return authority.client(claims, hub);
        }

        @Override
        public void permitted(TokenSigner signer) throws AuthenticationException {
            if (!signer.allows(OperationClass.CONNECT)) {
                throw new AuthenticationException(
                        Reason.NOT_PERMITTED,
                        "the key " + signer.name() + " may not sign tokens for clients (operations: connect)");
            }
            String problem = signer.hubProblem(hub);
            if (problem != null) {
                throw new AuthenticationException(Reason.NOT_PERMITTED, problem);
            }
        }
    }
}
