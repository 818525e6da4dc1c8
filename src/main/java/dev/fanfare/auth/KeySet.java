package dev.fanfare.auth;

import java.util.List;

/** Keys that are valid at the same time, of one issuer or of all access keys. Thread-safe. */
final class KeySet {

    private final List<VerificationKey> keys;

    KeySet(List<VerificationKey> keys) {
        this.keys = List.copyOf(keys);
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** The keys that may have signed the token: same algorithm, and same key id if both have one. */
    List<VerificationKey> candidates(CompactToken token) {
        return keys.stream()
                .filter(key -> key.algorithm() == token.algorithm() && mayBe(key, token))
                .toList();
    }

    /** Whether the key of the token is known, even if for another algorithm: newer keys would not help. */
    boolean knows(CompactToken token) {
        String id = token.keyId();
        return id == null ? !candidates(token).isEmpty() : keys.stream().anyMatch(key -> id.equals(key.id()));
    }

    private static boolean mayBe(VerificationKey key, CompactToken token) {
        return key.id() == null || token.keyId() == null || key.id().equals(token.keyId());
    }
}
