package dev.fanfare.auth;

import java.security.SecureRandom;
import java.util.Base64;

/** Generates access keys. */
public final class AccessKey {

    private static final int ENTROPY_BYTES = 48;
    private static final SecureRandom RANDOM = new SecureRandom();

    private AccessKey() {}

    /** A new random key: 64 letters, digits, hyphens and underscores. */
    public static String random() {
        byte[] bytes = new byte[ENTROPY_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
