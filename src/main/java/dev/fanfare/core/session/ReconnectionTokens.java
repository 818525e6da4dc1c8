package dev.fanfare.core.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Issues and verifies reconnection tokens: an expiry, and an HMAC-SHA256 over it and the connection id, so that tokens
 * need no storage, and every node with the keys can verify them. Not thread-safe.
 */
public final class ReconnectionTokens {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int EXPIRY_BYTES = Long.BYTES;
    private static final int MAC_BYTES = 32;
    private static final int MAX_CHARS = 64;

    private final List<Mac> macs;
    private final long lifetimeMillis;

    /**
     * @param keys 32 secret bytes each, at least one: the first signs, all of them verify
     * @param lifetime how long a token is valid
     */
    public ReconnectionTokens(List<byte[]> keys, Duration lifetime) {
        macs = keys.stream().map(ReconnectionTokens::mac).toList();
        lifetimeMillis = lifetime.toMillis();
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** A token for that connection, valid from {@code nowMillis} on for the lifetime. */
    public String issue(String connectionId, long nowMillis) {
        long expiry = nowMillis + lifetimeMillis;
        ByteBuffer token = ByteBuffer.allocate(EXPIRY_BYTES + MAC_BYTES);
        token.putLong(expiry).put(sign(macs.get(0), connectionId, expiry));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token.array());
    }

    /** Whether the token was issued with one of our keys for that connection and has not expired. */
    public boolean valid(String connectionId, String token, long nowMillis) {
        if (token.length() > MAX_CHARS) {
            return false;
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (bytes.length != EXPIRY_BYTES + MAC_BYTES) {
            return false;
        }
        long expiry = ByteBuffer.wrap(bytes).getLong();
        byte[] given = Arrays.copyOfRange(bytes, EXPIRY_BYTES, bytes.length);
        return nowMillis < expiry
                && macs.stream().anyMatch(mac -> MessageDigest.isEqual(sign(mac, connectionId, expiry), given));
    }

    private static byte[] sign(Mac mac, String connectionId, long expiry) {
        mac.update(ByteBuffer.allocate(Long.BYTES).putLong(expiry).flip());
        return mac.doFinal(connectionId.getBytes(StandardCharsets.UTF_8));
    }
}
