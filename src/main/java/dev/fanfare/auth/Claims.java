package dev.fanfare.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.core.session.TokenGrant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The claims of a token (RFC 7519, section 4). The registered ones that we use have been type-checked. */
final class Claims {

    /** The last second of the year 9999. */
    private static final double MAX_SECONDS = 253_402_300_799d;

    private static final double MILLIS_PER_SECOND = 1000;

    private static final String TOKEN_ID = "jti";
    private static final String ISSUED_AT = "iat";

    private final ObjectNode json;
    private final String signed;
    private final @Nullable String issuer;
    private final List<String> audience;
    private final long expiresAtMillis;
    private final long notBeforeMillis;

    private Claims(ObjectNode json, String signed) throws AuthenticationException {
        this.json = json;
        this.signed = signed;
        this.issuer = text("iss");
        this.audience = texts("aud");
        if (!json.has("exp")) {
            throw malformed("the token must say when it ends: exp");
        }
        this.expiresAtMillis = millis("exp");
        this.notBeforeMillis = Math.max(millis("nbf"), millis(ISSUED_AT));
    }

    /** @param signed the part of the token that its signature is for */
    static Claims of(ObjectNode json, String signed) throws AuthenticationException {
        return new Claims(json, signed);
    }

    @Nullable
    String issuer() {
        return issuer;
    }

    List<String> audience() {
        return audience;
    }

    long expiresAtMillis() {
        return expiresAtMillis;
    }

    /** What the token can be revoked by: {@code jti}, or else a digest of what is signed. */
    String tokenId() {
        String id = json.path(TOKEN_ID).asText("");
        return id.isEmpty() ? Digest.of(signed).tokenId() : id;
    }

    /** When the token was issued, epoch seconds; {@link TokenGrant#UNKNOWN} if it does not say. */
    long issuedAtSeconds() throws AuthenticationException {
        return json.has(ISSUED_AT) ? millis(ISSUED_AT) / (long) MILLIS_PER_SECOND : TokenGrant.UNKNOWN;
    }

    /** The later of {@code nbf} and {@code iat}; 0 if both are missing. */
    long notBeforeMillis() {
        return notBeforeMillis;
    }

    /** A claim that is one string; null if it is missing or empty. */
    @Nullable
    String text(String path) throws AuthenticationException {
        JsonNode value = find(path);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw malformed("the claim " + path + " must be a text");
        }
        return value.textValue().isEmpty() ? null : value.textValue();
    }

    /** A claim that is a string or a list of strings; empty if it is missing. */
    List<String> texts(String path) throws AuthenticationException {
        JsonNode value = find(path);
        if (value == null) {
            return List.of();
        }
        if (value.isTextual()) {
            return List.of(value.textValue());
        }
        List<String> texts = new ArrayList<>(value.size());
        for (JsonNode element : value) {
            texts.add(element.textValue());
        }
        if (!value.isArray() || texts.contains(null)) {
            throw malformed("the claim " + path + " must be a text or a list of texts");
        }
        return List.copyOf(texts);
    }

    /** Like {@link #texts}, but a single string is split into words, as for {@code scope} (RFC 8693, section 4.2). */
    List<String> words(String path) throws AuthenticationException {
        List<String> texts = texts(path);
        JsonNode value = find(path);
        if (value == null || value.isArray()) {
            return texts;
        }
        return Arrays.stream(texts.get(0).split(" "))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** All claims; values that are not strings as JSON. */
    Map<String, List<String>> all() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        json.properties().forEach(claim -> all.put(claim.getKey(), written(claim.getValue())));
        return Collections.unmodifiableMap(all);
    }

    private static List<String> written(JsonNode value) {
        if (!value.isArray()) {
            return value.isNull() ? List.of() : List.of(writtenAlone(value));
        }
        List<String> elements = new ArrayList<>(value.size());
        value.forEach(element -> elements.add(writtenAlone(element)));
        return List.copyOf(elements);
    }

    private static String writtenAlone(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    /**
     * The claim of that name; else the path into nested objects, as in {@code realm_access.roles}. "" names no claim.
     */
    private @Nullable JsonNode find(String path) {
        if (path.isEmpty()) {
            return null;
        }
        JsonNode literal = json.get(path);
        if (literal != null || path.indexOf('.') < 0) {
            return literal;
        }
        JsonNode value = json;
        for (String name : path.split("\\.")) {
            value = value.path(name);
        }
        return value.isMissingNode() ? null : value;
    }

    private long millis(String name) throws AuthenticationException {
        JsonNode value = json.get(name);
        if (value == null) {
            return 0;
        }
        double seconds = value.isNumber() ? value.doubleValue() : -1;
        if (seconds >= 0 && seconds <= MAX_SECONDS) {
            return (long) (seconds * MILLIS_PER_SECOND);
        }
        throw malformed("the claim " + name + " must be a number: seconds (not milliseconds) since 1970");
    }

    private static AuthenticationException malformed(String message) {
        return new AuthenticationException(Reason.MALFORMED, message);
    }
}
