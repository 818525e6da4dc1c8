package dev.fanfare.client;

import dev.fanfare.auth.JwtSigner;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundUrl;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an outbound connection presents to its remote: headers, parameters, and a token made for each attempt. */
final class OutboundCredentials {

    private final OutboundConnection settings;
    private final @Nullable JwtSigner signer;
    private final InstantSource clock;

    /** @param signer for the key that the settings name; null if they name none */
    OutboundCredentials(OutboundConnection settings, @Nullable JwtSigner signer, InstantSource clock) {
        this.settings = settings;
        this.signer = signer;
        this.clock = clock;
    }

    /** The credentials of one attempt. */
    record Presented(OutboundUrl url, List<Map.Entry<String, String>> headers) {
        @Override
        public String toString() {
            return "Presented[url=" + url + "]";
        }
    }

    /** Credentials for an attempt that starts now. */
    Presented present(OutboundUrl url) {
        Map<String, String> query = new LinkedHashMap<>(settings.query());
        List<Map.Entry<String, String>> headers =
                new ArrayList<>(settings.headers().entrySet());
        OutboundConnection.OutboundAuth auth = settings.auth();
        String token = signer == null ? auth.bearer() : signer.sign(claims(auth.jwt(), url));
        if (!auth.basic().user().isEmpty()) {
            headers.add(Map.entry("Authorization", "Basic " + base64(auth.basic())));
        } else if (!token.isEmpty() && auth.jwt().queryParameter().isEmpty()) {
            headers.add(Map.entry("Authorization", "Bearer " + token));
        } else if (!token.isEmpty()) {
            query.put(auth.jwt().queryParameter(), token);
        }
        return new Presented(withParameters(url, query), headers);
    }

    private static String base64(OutboundConnection.Basic basic) {
        byte[] pair = (basic.user() + ":" + basic.password()).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(pair);
    }

    private JsonObject claims(OutboundConnection.JwtAuth jwt, OutboundUrl url) {
        long now = clock.instant().getEpochSecond();
        JsonObject claims = new JsonObject().put("iat", now).put("exp", now + jwt.lifetimeSeconds());
        if (!jwt.issuer().isEmpty()) {
            claims.put("iss", jwt.issuer());
        }
        if (!jwt.subject().isEmpty()) {
            claims.put("sub", jwt.subject());
        }
        List<String> audience = jwt.audience();
        return claims.put(
                "aud",
                audience.isEmpty()
                        ? "http" + url.toString().substring("ws".length()) + url.path()
                        : audience.size() == 1 ? audience.get(0) : new JsonArray(audience));
    }

    private static OutboundUrl withParameters(OutboundUrl url, Map<String, String> parameters) {
        StringBuilder query = new StringBuilder(url.query() == null ? "" : url.query());
        parameters.forEach((name, value) -> {
            query.append(query.isEmpty() ? "" : "&");
            query.append(encode(name)).append('=').append(encode(value));
        });
        return query.isEmpty() ? url.withQuery(null) : url.withQuery(query.toString());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
