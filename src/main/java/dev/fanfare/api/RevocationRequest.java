package dev.fanfare.api;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.RevocableToken;
import dev.fanfare.config.Config;
import dev.fanfare.config.Network;
import dev.fanfare.core.Names;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.core.json.MalformedJson;
import dev.fanfare.revocation.Revocation;
import dev.fanfare.store.StoreLimits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The body of a request to revoke something: exactly one subject, and what is said about it. */
final class RevocationRequest {

    private static final String TOKEN = "token";
    private static final String TOKEN_ID = "tokenId";
    private static final String USER = "user";
    private static final String ADDRESSES = "addresses";
    private static final String BLOCK_SECONDS = "blockSeconds";
    private static final String EXPIRES = "expires";
    private static final String REASON = "reason";
    private static final List<String> SUBJECTS = List.of(TOKEN, TOKEN_ID, USER, ADDRESSES);

    /** Nodes that are cut off for a moment still learn of a token that is about to expire, and end its connections. */
    private static final Duration MIN_KEPT = Duration.ofMinutes(10);

    /** Shorter prefixes are mistakes more often than they are meant. */
    private static final int MIN_IPV4_PREFIX = 8;

    private static final int MIN_IPV6_PREFIX = 16;

    private final Call call;
    private final Config config;
    private final Instant now;
    private final Map<String, String> given;

    private RevocationRequest(Call call) {
        this.call = call;
        this.config = call.services().config();
        this.now = Instant.ofEpochMilli(call.services().clock().millis());
        this.given = read(call);
    }

    /** @param hub null for all hubs */
    static Revocation of(Call call, @Nullable String hub) {
        return new RevocationRequest(call).revocation(hub);
    }

    private static Map<String, String> read(Call call) {
        JsonText.check(call.body());
        JsonReader body = new JsonReader(call.body(), 0);
        if (body.peek() != '{') {
            throw ApiException.badRequest("body", "body: a JSON object is needed");
        }
        Map<String, String> given = new HashMap<>();
        try {
            boolean more = body.enterObject();
            while (more) {
                String key = body.name();
                if (given.put(key, value(key, body)) != null) {
                    throw ApiException.badRequest(
                            "body", "body: has a key twice, again before byte " + body.position());
                }
                more = body.moreProperties();
            }
        } catch (MalformedJson e) {
            throw new IllegalStateException("checked JSON", e);
        }
        return given;
    }

    private static String value(String key, JsonReader body) throws MalformedJson {
        switch (key) {
            case TOKEN, TOKEN_ID, USER, ADDRESSES, EXPIRES, REASON -> {
                if (body.peek() != '"') {
                    throw ApiException.badRequest(key, key + ": a string is needed");
                }
                return body.string();
            }
            case BLOCK_SECONDS -> {
                if (body.peek() != '-' && !Character.isDigit(body.peek())) {
                    throw ApiException.badRequest(key, key + ": a number is needed");
                }
                return body.literal();
            }
            // A misspelt key would make another revocation than the one that was meant.
            default ->
                throw ApiException.badRequest(
                        "body",
                        "body: has an unknown key; token, tokenId, user, blockSeconds, addresses, expires and reason are"
                                + " known");
        }
    }

    private Revocation revocation(@Nullable String hub) {
        List<String> subjects = SUBJECTS.stream().filter(given::containsKey).toList();
        if (subjects.size() != 1) {
            throw ApiException.badRequest("body", "body: exactly one of token, tokenId, user and addresses is needed");
        }
        String subject = subjects.get(0);
        if (given.containsKey(BLOCK_SECONDS) && (!subject.equals(USER) || given.containsKey(EXPIRES))) {
            throw ApiException.badRequest(BLOCK_SECONDS, "blockSeconds: is for a user, and instead of expires");
        }
        String value = Objects.requireNonNull(given.get(subject));
        return switch (subject) {
            case TOKEN -> token(value, hub);
            case TOKEN_ID -> make(RevocationKind.TOKEN, tokenId(value), hub, 0, expires(ofDays()));
            case ADDRESSES -> make(RevocationKind.ADDRESSES, network(value), hub, 0, expires(ofDays()));
            default ->
                given.containsKey(BLOCK_SECONDS)
                        ? make(RevocationKind.USER, user(value), hub, 0, now.plusSeconds(blockSeconds()))
                        : make(RevocationKind.USER_TOKENS, user(value), hub, now.getEpochSecond(), expires(ofDays()));
        };
    }

    private Revocation make(
            RevocationKind kind, String subject, @Nullable String hub, long issuedBefore, Instant expires) {
        return new Revocation(kind, subject, hub, reason(), call.caller(), now, issuedBefore, expires);
    }

    private Revocation token(String text, @Nullable String hub) {
        RevocableToken token;
        try {
            token = RevocableToken.parse(text, config.auth().maxTokenBytes());
        } catch (AuthenticationException e) {
            throw ApiException.badRequest(TOKEN, TOKEN + ": " + e.getMessage());
        }
        Instant ends = Instant.ofEpochMilli(token.expiresAtMillis())
                .plusSeconds(config.auth().clockToleranceSeconds());
        Instant latest = now.plus(StoreLimits.MAX_DURATION);
        Instant least = now.plus(MIN_KEPT);
        Instant kept = ends.isBefore(least) ? least : ends.isAfter(latest) ? latest : ends;
        return make(RevocationKind.TOKEN, token.tokenId(), hub, 0, expires(kept));
    }

    private String tokenId(String id) {
        int most = config.auth().maxTokenBytes();
        if (id.isEmpty() || id.length() > most) {
            throw ApiException.badRequest(TOKEN_ID, "tokenId: 1 to " + most + " characters are allowed");
        }
        return id;
    }

    private String user(String userId) {
        String problem = call.services().names().userIdProblem(userId);
        if (problem != null) {
            throw ApiException.badRequest(USER, problem);
        }
        return userId;
    }

    private long blockSeconds() {
        String text = Objects.requireNonNull(given.get(BLOCK_SECONDS));
        long most = StoreLimits.MAX_DURATION.toSeconds();
        try {
            long seconds = Long.parseLong(text);
            if (seconds >= 1 && seconds <= most) {
                return seconds;
            }
        } catch (NumberFormatException notWhole) {
            // Refused below.
        }
        throw ApiException.badRequest(BLOCK_SECONDS, "blockSeconds: a whole number from 1 to " + most + " is needed");
    }

    private Instant ofDays() {
        return now.plus(Duration.ofDays(config.revocations().defaultDays()));
    }

    private Instant expires(Instant otherwise) {
        String text = given.get(EXPIRES);
        if (text == null) {
            return otherwise;
        }
        Instant expires;
        try {
            expires = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw ApiException.badRequest(EXPIRES, "expires: a time such as 2027-01-31T12:00:00Z is needed (RFC 3339)");
        }
        if (!expires.isAfter(now) || expires.isAfter(now.plus(StoreLimits.MAX_DURATION))) {
            throw ApiException.badRequest(
                    EXPIRES,
                    "expires: a time in the future is needed, " + StoreLimits.MAX_DURATION.toDays() + " days at most");
        }
        return Instant.ofEpochMilli(expires.toEpochMilli());
    }

    private @Nullable String reason() {
        String reason = given.get(REASON);
        if (reason != null && Names.length(reason) > Revocation.MAX_REASON) {
            throw ApiException.badRequest(
                    REASON, "reason: at most " + Revocation.MAX_REASON + " characters are allowed");
        }
        return reason == null || reason.isEmpty() ? null : reason;
    }

    /** The canonical form: the first address of the network, and the length of its prefix. */
    private static String network(String text) {
        Network network = Network.parse(text);
        if (network == null) {
            throw ApiException.badRequest(
                    ADDRESSES, "addresses: an address or a network such as 203.0.113.0/24 is needed");
        }
        byte[] bytes = network.address().clone();
        int least = bytes.length == Integer.BYTES ? MIN_IPV4_PREFIX : MIN_IPV6_PREFIX;
        if (network.prefix() < least) {
            throw ApiException.badRequest(ADDRESSES, "addresses: a prefix of " + least + " bits or more is needed");
        }
        for (int bit = network.prefix(); bit < bytes.length * Byte.SIZE; bit++) {
            bytes[bit / Byte.SIZE] &= (byte) ~(0x80 >> bit % Byte.SIZE);
        }
        try {
            return InetAddress.getByAddress(bytes).getHostAddress() + "/" + network.prefix();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("bytes of an address", e);
        }
    }
}
