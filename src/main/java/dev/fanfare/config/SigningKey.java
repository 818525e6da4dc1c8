package dev.fanfare.config;

import java.nio.charset.StandardCharsets;

/**
 * A secret that signs the tokens of outbound connections.
 *
 * @param id the name that connections refer to
 * @param algorithm HS256, HS384 or HS512
 * @param secret at least as long as its hash (RFC 7518, 3.2)
 */
public record SigningKey(
        String id, SigningAlgorithm algorithm, @Secret String secret) implements Validated {

    /** The defaults of a key. */
    public static final SigningKey DEFAULT = new SigningKey("", SigningAlgorithm.HS256, "");

    /** The algorithm that a token is signed with. */
    public enum SigningAlgorithm {
        HS256(32),
        HS384(48),
        HS512(64);

        private final int leastBytes;

        SigningAlgorithm(int leastBytes) {
            this.leastBytes = leastBytes;
        }
    }

    @Override
    public void check(ConfigProblems configProblems) {
        if (id.isBlank()) {
            configProblems.report("id", "is empty; it must have a value");
        }
        int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < algorithm.leastBytes) {
            configProblems.report(
                    "secret",
                    "has " + bytes + " bytes; for " + algorithm + " it must have at least " + algorithm.leastBytes);
        }
    }

    @Override
    public String toString() {
        return "SigningKey[id=" + id + ", algorithm=" + algorithm + "]";
    }
}
