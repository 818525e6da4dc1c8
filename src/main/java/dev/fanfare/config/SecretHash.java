package dev.fanfare.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules for hashes of secrets, in the modular format of {@code HashingStrategy} of Vert.x: {@code
 * $pbkdf2$it=210000$salt$hash}, which stands for PBKDF2 with HMAC-SHA512 and 64 bytes of output.
 */
public final class SecretHash {

    /** Verifying costs about a second with more than this. */
    public static final int MAX_ITERATIONS = 1_000_000;

    /** What a new hash costs: a tenth of a second, and as much for each guess. */
    public static final int DEFAULT_ITERATIONS = 210_000;

    private static final int MIN_ITERATIONS = 1000;
    private static final int MAX_LENGTH = 512;
    private static final Pattern FORM =
            Pattern.compile("\\$pbkdf2\\$it=([0-9]{1,9})\\$[A-Za-z0-9+/]{22,86}={0,2}\\$[A-Za-z0-9+/]{86}");

    private SecretHash() {}

    /** Why a text is no hash that can be used, as the rest of a sentence about it and without any part of it. */
    public static Optional<String> problem(String text) {
        Matcher form = FORM.matcher(text);
        if (text.length() > MAX_LENGTH || !form.matches()) {
            return Optional.of("is (hidden); it must be a hash such as the output of: fanfare hash-secret");
        }
        int iterations = Integer.parseInt(form.group(1));
        return iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS
                ? Optional.of("has " + iterations + " iterations; from " + MIN_ITERATIONS + " to " + MAX_ITERATIONS
                        + " are allowed")
                : Optional.empty();
    }

    /**
     * What verifying a secret costs.
     *
     * @param hash has no {@link #problem}
     */
    public static int iterations(String hash) {
        Matcher form = FORM.matcher(hash);
        if (!form.matches()) {
            throw new IllegalArgumentException("not a hash of a secret");
        }
        return Integer.parseInt(form.group(1));
    }
}
