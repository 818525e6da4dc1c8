package dev.fanfare.auth;

import java.util.List;

/** Keys that are valid at the same time, for one issuer or for all access keys. Any thread may use it. */
final class KeySet {

    private final List<VerificationKey> keys;

    KeySet(List<VerificationKey> keys) {
        this.keys = List.copyOf(keys);
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** The keys that may have signed the token: of its algorithm, and of its key id if both have one. */
    List<VerificationKey> candidates(CompactToken token) {
        return keys.stream()
                .filter(key -> key.algorithm() == token.algorithm() && mayBe(key, token))
                .toList();
    }

    /** Whether a key is the token's for certain, be it for another algorithm: newer keys would not help. */
    boolean knows(CompactToken token) {
        String id = token.keyId();
        return id == null ? !candidates(token).isEmpty() : keys.stream().anyMatch(key -> id.equals(key.id()));
    }

    private static boolean mayBe(VerificationKey key, CompactToken token) {
        return key.id() == null || token.keyId() == null || key.id().equals(token.keyId());
    }
}
