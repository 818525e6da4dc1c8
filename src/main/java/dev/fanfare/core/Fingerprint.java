package dev.fanfare.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The first 16 bytes of a SHA-256: stands for a text of any length, where nothing but equality counts.
 *
 * @param high the first 8 bytes
 * @param low the last 8 bytes
 */
public record Fingerprint(long high, long low) {

    /** Looking one up costs as much as a short digest. Each digest leaves it reset. */
    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(Fingerprint::sha256);

    /** Of a text. Texts of different domains have different fingerprints. */
    public static Fingerprint of(String domain, String text) {
        byte[] bytes = (domain + '\0' + text).getBytes(StandardCharsets.UTF_8);
        ByteBuffer digest = ByteBuffer.wrap(SHA_256.get().digest(bytes));
        return new Fingerprint(digest.getLong(), digest.getLong());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public int hashCode() {
        return (int) (high ^ high >>> Integer.SIZE); // the bits are random
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprint that && high == that.high && low == that.low;
    }
}
