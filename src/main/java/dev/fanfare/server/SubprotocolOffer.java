package dev.fanfare.server;

import dev.fanfare.core.protocol.Subprotocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client offered in {@code Sec-WebSocket-Protocol}: subprotocols, and from browsers, which cannot set headers, a
 * token as an entry {@code access_token.<jwt>}. That entry is never selected.
 *
 * @param offered all subprotocols, in order
 * @param chosen the first that is supported, {@link Subprotocol#RAW} if none was offered, null if none is supported
 * @param answer the name for the response, exactly as offered; null for none
 * @param token the token, null if there is none
 */
record SubprotocolOffer(
        List<String> offered,
        @Nullable Subprotocol chosen,
        @Nullable String answer,
        @Nullable String token) {

    private static final String TOKEN = "access_token.";

    /** What a browser offers besides its token if it wants no subprotocol: browsers require one to be selected. */
    private static final String RAW = "raw";

    static SubprotocolOffer of(List<String> entries) {
        String token = null;
        Subprotocol chosen = null;
        String answer = null;
        List<String> offered = new ArrayList<>();
        for (String entry : entries) {
            if (isToken(entry)) {
                String text = entry.substring(TOKEN.length());
                token = text.isEmpty() ? token : text;
                continue;
            }
            offered.add(entry);
            Subprotocol subprotocol = entry.equalsIgnoreCase(RAW) ? Subprotocol.RAW : Subprotocol.of(entry);
            if (chosen == null && subprotocol != null) {
                chosen = subprotocol;
                answer = entry;
            }
        }
        return new SubprotocolOffer(
                List.copyOf(offered), chosen == null && offered.isEmpty() ? Subprotocol.RAW : chosen, answer, token);
    }

    /**
     * The same with the choice of the event handler, which may be a subprotocol that only it and the client speak; null
     * if the client did not offer it.
     */
    @Nullable
    SubprotocolOffer choose(String name) {
        for (String entry : offered) {
            if (entry.equalsIgnoreCase(name)) {
                Subprotocol known = Subprotocol.of(entry);
                return new SubprotocolOffer(offered, known == null ? Subprotocol.RAW : known, entry, token);
            }
        }
        return null;
    }

    /** The negotiated subprotocol if it is not one of ours; null otherwise. */
    @Nullable
    String custom() {
        return chosen == Subprotocol.RAW && answer != null && !answer.equalsIgnoreCase(RAW) ? answer : null;
    }

    /** Whether an entry is a token, not a subprotocol. */
    static boolean isToken(String entry) {
        return entry.toLowerCase(Locale.ROOT).startsWith(TOKEN);
    }

    @Override
    public String toString() {
        return "SubprotocolOffer[chosen=" + chosen + "]";
    }
}
