package dev.fanfare.socket;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request to upgrade to a WebSocket, validated as strictly as RFC 6455 section 4.2.1 requires. */
public sealed interface UpgradeRequest {

    /**
     * A request that may be answered with 101.
     *
     * @param accept the Sec-WebSocket-Accept of the response
     * @param subprotocols offered by the client, in order of preference, without duplicates; empty for none
     * @param deflate the Sec-WebSocket-Extensions of a response that enables compression; null if the client offers
     *     none that we support
     */
    record Valid(
            String accept,
            List<String> subprotocols,
            @Nullable String deflate) implements UpgradeRequest {}

    /**
     * A request that is not a valid upgrade.
     *
     * @param status of the response: 400, 405 or 426
     * @param text what is wrong, for the client's developer; contains nothing of the request
     * @param headers of the response
     */
    record RefusedUpgrade(int status, String text, Map<String, String> headers) implements UpgradeRequest {}

    /** Reads the head of a request. */
    static UpgradeRequest of(HttpServerRequest request) {
        return of(request.version(), request.method(), request.headers());
    }

    /** Reads the head of a request. */
    static UpgradeRequest of(@Nullable HttpVersion version, HttpMethod method, MultiMap headers) {
        if (!method.equals(HttpMethod.GET)) {
            return new RefusedUpgrade(405, "A WebSocket is opened with GET", Map.of("Allow", "GET"));
        }
        if (version != HttpVersion.HTTP_1_1) {
            return bad("A WebSocket is opened with HTTP/1.1");
        }
        if (headers.contains("")) {
            return bad("A header without a name"); // Vert.x accepts it
        }
        List<String> hosts = headers.getAll(HttpHeaders.HOST);
        if (hosts.size() != 1 || !HostHeader.isValid(hosts.get(0))) {
            return bad("One Host header is required");
        }
        if (headers.contains(HttpHeaders.TRANSFER_ENCODING)
                || headers.contains(HttpHeaders.EXPECT)
                || hasContent(headers)) {
            return bad("An upgrade request has no body");
        }
        if (!names(headers, "Upgrade", "websocket")) {
            return bad("The Upgrade header must name websocket");
        }
        if (!names(headers, "Connection", "Upgrade")) {
            return bad("The Connection header must name Upgrade");
        }
        return ofWebSocketHeaders(headers);
    }

    private static UpgradeRequest ofWebSocketHeaders(MultiMap headers) {
        List<String> versions = headers.getAll("Sec-WebSocket-Version");
        if (versions.size() != 1) {
            return bad("One Sec-WebSocket-Version header is required");
        }
        if (!versions.get(0).equals("13")) {
            return otherVersion();
        }
        List<String> keys = headers.getAll("Sec-WebSocket-Key");
        if (keys.size() != 1 || !isKey(keys.get(0))) {
            return bad("One Sec-WebSocket-Key header with 16 bytes in base64 is required");
        }
        List<String> subprotocols = elements(headers, "Sec-WebSocket-Protocol");
        boolean tokens = subprotocols.stream().allMatch(UpgradeRequest::isToken);
        boolean distinct = new HashSet<>(subprotocols).size() == subprotocols.size();
        boolean none = subprotocols.isEmpty() && headers.contains("Sec-WebSocket-Protocol");
        if (!tokens || !distinct || none) {
            return bad("Sec-WebSocket-Protocol is a list of distinct tokens");
        }
        try {
            String deflate = DeflateOffer.answer(headers.getAll("Sec-WebSocket-Extensions"));
            return new Valid(AcceptKey.of(keys.get(0)), List.copyOf(subprotocols), deflate);
        } catch (IllegalArgumentException malformed) {
            return bad(String.valueOf(malformed.getMessage()));
        }
    }

    /** RFC 6455 section 4.4, and RFC 9110 section 15.5.22. */
    private static RefusedUpgrade otherVersion() {
        return new RefusedUpgrade(
                426,
                "The version must be 13",
                Map.of("Sec-WebSocket-Version", "13", "Upgrade", "websocket", "Connection", "Upgrade, close"));
    }

    private static RefusedUpgrade bad(String text) {
        return new RefusedUpgrade(400, text, Map.of());
    }

    private static boolean hasContent(MultiMap headers) {
        return headers.getAll(HttpHeaders.CONTENT_LENGTH).stream()
                .anyMatch(length -> !length.trim().equals("0"));
    }

    private static boolean names(MultiMap headers, String header, String wanted) {
        return elements(headers, header).stream().anyMatch(wanted::equalsIgnoreCase);
    }

    /** The elements of all headers of a name that are comma-separated lists (RFC 9110 section 5.6.1). */
    private static List<String> elements(MultiMap headers, String header) {
        List<String> elements = new ArrayList<>();
        for (String line : headers.getAll(header)) {
            for (String element : line.split(",")) {
                if (!element.isBlank()) {
                    elements.add(element.trim());
                }
            }
        }
        return elements;
    }

    private static boolean isKey(String text) {
        try {
            return text.length() == 24 && Base64.getDecoder().decode(text).length == 16;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** Whether a text is a token (RFC 9110 section 5.6.2), as a subprotocol must be. */
    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(UpgradeRequest::isTokenCharacter);
    }

    /** Whether tokens may have this character. */
    static boolean isTokenCharacter(int c) {
        boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letterOrDigit || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
