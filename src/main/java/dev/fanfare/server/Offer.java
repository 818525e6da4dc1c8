package dev.fanfare.server;

import dev.fanfare.core.protocol.Subprotocol;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client offered in {@code Sec-WebSocket-Protocol}: subprotocols, and for browsers, which cannot set headers, a
 * token as an entry {@code access_token.<jwt>}. That entry is never answered with.
 *
 * @param chosen the first we speak, {@link Subprotocol#RAW} if none was offered, null if none of those offered is ours
 * @param answer the name to answer with, exactly as it was offered; null for none
 * @param token the token, null if there is none
 */
record Offer(
        @Nullable Subprotocol chosen,
        @Nullable String answer,
        @Nullable String token) {

    private static final String TOKEN = "access_token.";

    /** What a browser offers beside its token if it wants no subprotocol: it insists on an answer. */
    private static final String RAW = "raw";

    static Offer of(List<String> entries) {
        String token = null;
        Subprotocol chosen = null;
        String answer = null;
        boolean offered = false;
        for (String entry : entries) {
            if (entry.toLowerCase(Locale.ROOT).startsWith(TOKEN)) {
                token = entry.substring(TOKEN.length());
                continue;
            }
            offered = true;
            Subprotocol subprotocol = entry.equalsIgnoreCase(RAW) ? Subprotocol.RAW : Subprotocol.of(entry);
            if (chosen == null && subprotocol != null) {
                chosen = subprotocol;
                answer = entry;
            }
        }
        return new Offer(chosen == null && !offered ? Subprotocol.RAW : chosen, answer, token);
    }

    @Override
    public String toString() {
        return "Offer[chosen=" + chosen + "]";
    }
}
