package dev.fanfare.core.protocol;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The negotiated wire format of a connection (wire: {@code Sec-WebSocket-Protocol}). */
public enum Subprotocol {
    /** No known subprotocol: payloads are sent without an envelope. */
    RAW("raw", false),
    JSON("json.webpubsub.azure.v1", false),
    JSON_RELIABLE("json.reliable.webpubsub.azure.v1", true);

    private final String wireName;
    private final boolean reliable;

    Subprotocol(String wireName, boolean reliable) {
        this.wireName = wireName;
        this.reliable = reliable;
    }

    /** The name in the handshake; for {@link #RAW} only a label. */
    public String wireName() {
        return wireName;
    }

    /** Whether messages are numbered and the session outlives its socket. */
    public boolean reliable() {
        return reliable;
    }

    /** The subprotocol of that name, compared without case, or null if it is not supported. */
    public static @Nullable Subprotocol of(String offered) {
        String name = offered.toLowerCase(Locale.ROOT);
        for (Subprotocol subprotocol : values()) {
            if (subprotocol != RAW && subprotocol.wireName.equals(name)) {
                return subprotocol;
            }
        }
        return null;
    }
}
