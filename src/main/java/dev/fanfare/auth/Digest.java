package dev.fanfare.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** A SHA-256 digest, for comparison. */
record Digest(ByteBuffer sha256) {

    static Digest of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The id of a token without one. */
    String tokenId() {
        byte[] bytes = new byte[sha256.remaining()];
        sha256.duplicate().get(bytes);
        return "sha256-" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static Digest of(byte[] bytes) {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new Digest(ByteBuffer.wrap(sha256).asReadOnlyBuffer());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
