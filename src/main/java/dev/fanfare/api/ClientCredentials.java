package dev.fanfare.api;

import dev.fanfare.auth.ClientSecrets;
import dev.fanfare.config.ConsumerRules;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.core.json.MalformedJson;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client id and its secret: in the Authorization header (RFC 7617), or else in the JSON body.
 *
 * @param secret never shown
 */
record ClientCredentials(String id, String secret) {

    private static final String BASIC = "Basic ";
    private static final String ID = "clientId";
    private static final String SECRET = "clientSecret";

    /** @throws ApiException if there are none */
    static ClientCredentials of(Call call, @Nullable String authorization) {
        ClientCredentials credentials = authorization == null ? ofBody(call) : ofHeader(authorization);
        String problem = ConsumerRules.idProblem(credentials.id);
        ApiException.check(ID, problem == null ? null : ID + ": " + problem);
        int length = credentials.secret.length();
        if (length == 0 || length > ClientSecrets.MAX_LENGTH) {
            throw ApiException.badRequest(
                    SECRET,
                    SECRET + ": has " + length + " characters; 1 to " + ClientSecrets.MAX_LENGTH + " are allowed");
        }
        return credentials;
    }

    private static ClientCredentials ofHeader(String authorization) {
        if (!authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            throw new ApiException(
                    ErrorCode.UNAUTHORIZED, "an Authorization header with Basic is needed here, or a JSON body");
        }
        String decoded = decoded(authorization.substring(BASIC.length()).strip());
        int colon = decoded.indexOf(':');
        if (colon < 0) {
            throw malformed();
        }
        return new ClientCredentials(decoded.substring(0, colon), decoded.substring(colon + 1));
    }

    private static String decoded(String base64) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(base64)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw malformed();
        }
    }

    private static ApiException malformed() {
        return ApiException.badRequest(
                "Authorization", "Authorization: must be Basic and the base64 of id, colon and secret in UTF-8");
    }

    private static ClientCredentials ofBody(Call call) {
        if (call.body().length == 0) {
            throw new ApiException(
                    ErrorCode.UNAUTHORIZED, "a client id and secret are needed: Basic, or clientId and clientSecret");
        }
        Map<String, String> given = read(call);
        String id = given.get(ID);
        String secret = given.get(SECRET);
        if (id == null || secret == null) {
            throw ApiException.badRequest("body", "body: clientId and clientSecret are needed");
        }
        return new ClientCredentials(id, secret);
    }

    private static Map<String, String> read(Call call) {
        JsonText.check(call.body());
        JsonReader body = new JsonReader(call.body(), 0);
        if (body.peek() != '{') {
            throw ApiException.badRequest("body", "body: a JSON object is needed");
        }
        Map<String, String> given = new HashMap<>();
        try {
            boolean more = body.enterObject();
            while (more) {
                String key = body.name();
                if (!(key.equals(ID) || key.equals(SECRET)) || body.peek() != '"') {
                    throw ApiException.badRequest("body", "body: only the strings clientId and clientSecret are known");
                }
                if (given.put(key, body.string()) != null) {
                    throw ApiException.badRequest("body", "body: has a key twice");
                }
                more = body.moreProperties();
            }
        } catch (MalformedJson e) {
            throw new IllegalStateException("checked JSON", e);
        }
        return given;
    }

    @Override
    public String toString() {
        return "ClientCredentials[id=" + id + "]";
    }
}
