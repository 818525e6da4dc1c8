package dev.fanfare.auth;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last tokens whose signatures took long to verify, as SHA-256, so that reconnecting clients cost less. Only the
 * signature is remembered: everything else about a token, its end above all, is checked each time. Any thread may use it.
 */
final class VerifiedTokens {

    private static final int CAPACITY = 4096;

    private final Map<Digest, Boolean> recent = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Boolean> eldest) {
            return size() > CAPACITY;
        }
    };

    synchronized boolean contains(Digest token) {
        return recent.get(token) != null;
    }

    synchronized void add(Digest token) {
        recent.put(token, true);
    }
}
