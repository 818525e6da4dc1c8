package dev.fanfare.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fanfare.auth.AuthenticationException.Reason;
import java.io.IOException;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A parsed token that is not verified yet (RFC 7515, section 3.1). Only {@code alg} and {@code kid} of the header are
 * read: keys and links to keys in a token are ignored.
 *
 * @param text the whole token
 * @param algorithm named in the header; null if it is not supported
 * @param keyId named in the header
 * @param claims of the payload, type-checked
 * @param signatureBytes the length of the signature
 */
record CompactToken(
        String text,
        @Nullable Algorithm algorithm,
        @Nullable String keyId,
        Claims claims,
        int signatureBytes) {

    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final int PARTS = 3;

    /** Refuses empty and oversized tokens before parsing. */
    static void checkLength(String text, int maxBytes) throws AuthenticationException {
        if (text.isEmpty()) {
            throw new AuthenticationException(Reason.MISSING, "a token is needed and there is none");
        }
        if (text.length() > maxBytes) {
            throw new AuthenticationException(
                    Reason.OVERSIZED, "the token is longer than " + maxBytes + " bytes (auth.maxTokenBytes)");
        }
    }

    /** Parses a token of an allowed length. */
    static CompactToken parse(String text) throws AuthenticationException {
        String[] parts = text.split("\\.", PARTS + 1);
        if (parts.length != PARTS) {
            throw malformed("a token is a JWT of three parts with dots between: header, claims, signature");
        }
        byte[] signature = decode(parts[2], "signature");
        if (signature.length == 0) {
            throw malformed("the token is not signed");
        }
        ObjectNode header = object(parts[0], "header");
        String algorithm = algorithm(header);
        if (header.has("crit")) {
            throw malformed("the token's header has crit, and no extension is supported");
        }
        Claims claims = Claims.of(object(parts[1], "claims"), parts[0] + "." + parts[1]);
        return new CompactToken(text, Algorithm.named(algorithm), keyId(header), claims, signature.length);
    }

    private static String algorithm(ObjectNode header) throws AuthenticationException {
        JsonNode algorithm = header.path("alg");
        if (!algorithm.isTextual()) {
            throw malformed("the token's header must name its algorithm as a text: alg");
        }
        if (algorithm.textValue().toLowerCase(Locale.ROOT).equals("none")) {
            throw malformed("the token is not signed: its algorithm is none");
        }
        return algorithm.textValue();
    }

    private static @Nullable String keyId(ObjectNode header) throws AuthenticationException {
        JsonNode keyId = header.get("kid");
        if (keyId == null) {
            return null;
        }
        if (!keyId.isTextual()) {
            throw malformed("the key id in the token's header must be a text: kid");
        }
        return keyId.textValue();
    }

    private static ObjectNode object(String part, String name) throws AuthenticationException {
        try {
            return StrictJson.object(decode(part, name));
        } catch (IOException e) {
            throw malformed("the token's " + name + " must be one JSON object in UTF-8 that has no name twice");
        }
    }

    /** Decodes canonical base64url only: no padding, no stray characters, no stray bits. */
    private static byte[] decode(String part, String name) throws AuthenticationException {
        try {
            byte[] bytes = DECODER.decode(part);
            if (ENCODER.encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Thrown below.
        }
        throw malformed("the token's " + name + " must be base64url without padding");
    }

    private static AuthenticationException malformed(String message) {
        return new AuthenticationException(Reason.MALFORMED, message);
    }

    /** Omits the token, which is a secret. */
    @Override
    public String toString() {
        return "CompactToken[algorithm=" + algorithm + "]";
    }
}
