package dev.fanfare.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.security.InvalidKeyException;
import java.util.ArrayList;
import java.util.List;

/**
 * A key set published by an issuer (RFC 7517, section 5).
 *
 * @param keys the usable ones
 * @param skipped why others are not usable, a sentence for each
 */
record JwksDocument(List<VerificationKey> keys, List<String> skipped) {

    /** More keys than an issuer needs. Bounded, since a token without a key id is tried with all. */
    static final int MAX_KEYS = 32;

    /** Takes milliseconds: not for event loops. */
    static JwksDocument parse(Vertx vertx, byte[] body) throws IOException {
        JsonNode entries = entries(body);
        List<VerificationKey> keys = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        int read = Math.min(entries.size(), MAX_KEYS);
        for (int i = 0; i < read; i++) {
            try {
                keys.add(publicKey(vertx, entries.get(i)));
            } catch (InvalidKeyException e) {
                skipped.add("key " + (i + 1) + " " + e.getMessage());
            }
        }
        if (entries.size() > read) {
            skipped.add("only the first " + MAX_KEYS + " keys are read");
        }
        return new JwksDocument(List.copyOf(keys), List.copyOf(skipped));
    }

    private static JsonNode entries(byte[] body) throws IOException {
        JsonNode entries;
        try {
            entries = StrictJson.object(body).path("keys");
        } catch (IOException e) {
            throw new IOException("the answer is not one JSON object that has no name twice", e);
        }
        if (!entries.isArray()) {
            throw new IOException("the answer has no list of keys");
        }
        return entries;
    }

    private static VerificationKey publicKey(Vertx vertx, JsonNode entry) throws InvalidKeyException {
        if (!(entry instanceof ObjectNode object)) {
            throw new InvalidKeyException("is not a JSON object");
        }
        if (object.path("kty").asText().equals("oct")) {
            throw new InvalidKeyException("is a secret, and a secret that is published is none");
        }
        return Jwk.read(vertx, object);
    }
}
