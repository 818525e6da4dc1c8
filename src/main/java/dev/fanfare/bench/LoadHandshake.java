package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The opening handshake of a client, RFC 6455 section 4.1. Single-threaded. */
final class LoadHandshake {

    /** One key for all connections, so that the driver need not hash for each. */
    static final String KEY = "ZmFuZmFyZS1iZW5jaC1rZQ==";

    /** The server's proof that it has read the key, RFC 6455 section 4.2.2. */
    static final String ACCEPT = accept();

    private static final int MAX_RESPONSE = 16_384;
    private static final int MAX_REASON = 200;

    private final ByteBuf response = Unpooled.buffer(512);
    private final LoadSubprotocol loadSubprotocol;

    LoadHandshake(LoadSubprotocol loadSubprotocol) {
        this.loadSubprotocol = loadSubprotocol;
    }

    /**
     * The request of a client.
     *
     * @param query added to that of the URL, percent-encoded; may be empty
     * @param token empty for none
     */
    static byte[] request(URI url, String query, String token, LoadSubprotocol loadSubprotocol) {
        StringBuilder text = new StringBuilder(512).append("GET ").append(path(url));
        char separator = url.getRawQuery() == null ? '?' : '&';
        if (!query.isEmpty()) {
            text.append(separator).append(query);
            separator = '&';
        }
        if (!token.isEmpty()) {
            text.append(separator).append("access_token=").append(token);
        }
        text.append(" HTTP/1.1\r\nHost: ")
                .append(url.getRawAuthority())
                .append(
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
                .append(KEY)
                .append("\r\n");
        if (loadSubprotocol.json()) {
            text.append("Sec-WebSocket-Protocol: ")
                    .append(loadSubprotocol.wireName())
                    .append("\r\n");
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String path(URI url) {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }

    /** The query of a raw connection that publishes to a group. */
    static String publishingTo(String group) {
        return "webpubsub_mode=sendToGroup&group="
                + URLEncoder.encode(group, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Reads until the response is complete, and leaves what follows it.
     *
     * @return whether the connection is upgraded
     * @throws ProtocolException if the upgrade failed
     */
    boolean read(ByteBuf in) throws ProtocolException {
        int before = response.readableBytes();
        int taken = Math.min(in.readableBytes(), MAX_RESPONSE - before);
        response.writeBytes(in, in.readerIndex(), taken);
        int end = end(response, Math.max(0, before - 3));
        if (end < 0 && response.readableBytes() < MAX_RESPONSE) {
            in.skipBytes(taken);
            return false;
        }
        String text = response.toString(0, end < 0 ? response.readableBytes() : end, StandardCharsets.ISO_8859_1);
        String problem = end < 0 ? "the answer has no end" : problem(text);
        if (problem != null) {
            throw new ProtocolException(problem + body(end));
        }
        in.skipBytes(end - before);
        return true;
    }

    private @Nullable String problem(String head) {
        String[] lines = head.split("\r\n");
        if (!lines[0].startsWith("HTTP/1.1 101")) {
            return "refused with " + lines[0].replaceFirst("^HTTP/1\\.1 ", "");
        }
        if (!ACCEPT.equals(header(lines, "sec-websocket-accept"))) {
            return "the answer has another Sec-WebSocket-Accept than the key asks for";
        }
        String chosen = header(lines, "sec-websocket-protocol");
        return chosen.equals(loadSubprotocol.wireName()) ? null : "the server chose the subprotocol '" + chosen + "'";
    }

    private static String header(String[] lines, String name) {
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
                return line.substring(colon + 1).strip();
            }
        }
        return "";
    }

    /** What has arrived of the body, in which servers say why they refuse. */
    private String body(int end) {
        if (end < 0 || end == response.readableBytes()) {
            return "";
        }
        int length = Math.min(MAX_REASON, response.readableBytes() - end);
        return ": " + response.toString(end, length, StandardCharsets.UTF_8).strip();
    }

    private static String accept() {
        try {
            byte[] asked = (KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(asked));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    private static int end(ByteBuf bytes, int from) {
        for (int i = from; i + 4 <= bytes.writerIndex(); i++) {
            if (bytes.getInt(i) == 0x0D0A0D0A) {
                return i + 4;
            }
        }
        return -1;
    }
}
