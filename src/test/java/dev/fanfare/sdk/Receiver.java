package dev.fanfare.sdk;

import com.azure.messaging.webpubsub.WebPubSubServiceClient;
import com.azure.messaging.webpubsub.models.GetClientAccessTokenOptions;
import com.azure.messaging.webpubsub.models.WebPubSubContentType;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A client that shows, frame by frame, what the calls of a server SDK do to it. */
final class Receiver implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String END =
            "{\"type\":\"message\",\"from\":\"server\",\"dataType\":\"text\",\"data\":\"the end\"}";

    private final RawWebSocketClient socket;
    private final String id;

    private Receiver(RawWebSocketClient socket, String id) {
        this.socket = socket;
        this.id = id;
    }

    /**
     * Connects with a token that the SDK made.
     *
     * @param tls whom to trust, null for a URL without TLS
     */
    static Receiver connect(WebPubSubServiceClient hub, GetClientAccessTokenOptions token, @Nullable SSLContext tls)
            throws IOException {
        URI url = URI.create(hub.getClientAccessToken(token).getUrl());
        RawWebSocketClient socket = RawWebSocketClient.open(
                url.getPort(),
                tls,
                url.getRawPath() + "?" + url.getRawQuery(),
                "Sec-WebSocket-Protocol: json.webpubsub.azure.v1");
        String connected = socket.readText();
        return new Receiver(socket, JSON.readTree(connected).get("connectionId").textValue());
    }

    String id() {
        return id;
    }

    /** The frames so far. What was sent before this call is there. */
    List<String> received(WebPubSubServiceClient hub) throws IOException {
        hub.sendToConnection(id, "the end", WebPubSubContentType.TEXT_PLAIN);
        List<String> frames = new ArrayList<>();
        for (String frame = socket.readText(); !frame.equals(END); frame = socket.readText()) {
            frames.add(frame);
        }
        return frames;
    }

    /** Sends a frame and reads the answer. */
    String ask(String frame) throws IOException {
        socket.send(RawFrame.text(frame));
        return socket.readText();
    }

    /** Reads how the broker says farewell: the last frame, and the code and the reason of the close frame. */
    List<String> farewell() throws IOException {
        String disconnected = socket.readText();
        RawFrame close = socket.readClose();
        String reason = close.payloadText().substring(2);
        return List.of(disconnected, close.closeCode() + " " + reason);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
