package dev.fanfare.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last {@value #CAPACITY} tokens whose signatures were verified, as SHA-256 digests, so that clients that reconnect
 * do not queue. Only the valid signature is cached, with the keys that verified it: everything else about a token,
 * expiry above all, is checked each time. A miss costs the same for any token length. Thread-safe.
 */
final class VerifiedTokens {

    private static final int CAPACITY = 4096;

    /** The end of a token is part of its signature, and distinguishes it from others well enough for a lookup. */
    private static final int END_CHARACTERS = 16;

    private final Map<String, Verified> recent = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
            return size() > CAPACITY;
        }
    };

    /**
     * A valid signature.
     *
     * @param by the key, one of {@code keys}
     */
    record ValidSignature(KeySet keys, VerificationKey by) {}

    private record Verified(Digest token, ValidSignature signature) {}

    /** The key that verified a token; null if it is not cached. */
    @Nullable
    ValidSignature signature(String token) {
        Verified verified = ofEnd(end(token));
        return verified != null && verified.token.equals(Digest.of(token)) ? verified.signature : null;
    }

    void add(String token, ValidSignature signature) {
        put(end(token), new Verified(Digest.of(token), signature));
    }

    void remove(String token) {
        drop(end(token));
    }

    private synchronized void drop(String end) {
        recent.remove(end);
    }

    private synchronized @Nullable Verified ofEnd(String end) {
        return recent.get(end);
    }

    private synchronized void put(String end, Verified verified) {
        recent.put(end, verified);
    }

    private static String end(String token) {
        return token.substring(Math.max(0, token.length() - END_CHARACTERS));
    }
}
