package dev.fanfare.server;

import dev.fanfare.auth.Principal;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.event.ConnectAnswer;
import dev.fanfare.event.ConnectEvent;
import dev.fanfare.event.EventContext;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client that was admitted and is not connected yet: what its token says, what it offers, and what an event handler makes
 * of that.
 *
 * @param connectionId of the connection that it is going to be
 * @param state what the handler keeps with it
 */
record PendingConnection(
        String connectionId, ClientUrl url, SubprotocolOffer subprotocolOffer, Principal principal, EventState state) {

    private static final Set<String> SECRET_HEADERS = Set.of("authorization", "proxy-authorization");
    private static final long NOT_YET = 0;
    private static final String SUBPROTOCOLS = "sec-websocket-protocol";

    /** Asks for it, without the secrets of the request. */
    ConnectEvent event(HttpServerRequest request, InetAddress client) {
        return new ConnectEvent(
                EventContext.first(identity(), state),
                principal.claims(),
                url.shownQuery(),
                headers(request.headers()),
                subprotocolOffer.offered(),
                ClientCertificates.of(request.connection()),
                client.getHostAddress());
    }

    /** Who it is, as long as no subprotocol is agreed on. */
    Identity identity() {
        return new Identity(
                connectionId,
                url.hub(),
                principal.userId(),
                ConnectionType.INBOUND,
                url.path(),
                Subprotocol.RAW,
                NOT_YET);
    }

    /** The same as the handler wants it. The subprotocol is decided elsewhere. */
    PendingConnection decided(ConnectAnswer answer, SubprotocolOffer agreed) {
        Principal changed = new Principal(
                answer.userId() == null ? principal.userId() : emptyIsNone(answer.userId()),
                answer.roles() == null ? principal.roles() : answer.roles(),
                answer.groups() == null ? principal.groups() : answer.groups(),
                principal.claims(),
                principal.expiresAtMillis(),
                principal.endsAtMillis());
        EventState kept = new EventState(agreed.custom(), state.connectionState(), state.lastId());
        return new PendingConnection(connectionId, url, agreed, changed, kept);
    }

    private static @Nullable String emptyIsNone(String userId) {
        return userId.isEmpty() ? null : userId;
    }

    private static Map<String, List<String>> headers(MultiMap headers) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : headers) {
            if (!SECRET_HEADERS.contains(entry.getKey().toLowerCase(Locale.ROOT))) {
                values.computeIfAbsent(entry.getKey(), name -> new ArrayList<>())
                        .add(entry.getValue());
            }
        }
        // Where browsers put their tokens.
        values.replaceAll((name, all) -> name.equalsIgnoreCase(SUBPROTOCOLS) ? withoutTokens(all) : all);
        values.values().removeIf(List::isEmpty);
        return values;
    }

    private static List<String> withoutTokens(List<String> lines) {
        List<String> left = new ArrayList<>();
        for (String line : lines) {
            for (String entry : line.split(",")) {
                if (!SubprotocolOffer.isToken(entry.strip()) && !entry.isBlank()) {
                    left.add(entry.strip());
                }
            }
        }
        return left;
    }

    @Override
    public String toString() {
        return "Applicant[connectionId=" + connectionId + "]";
    }
}
