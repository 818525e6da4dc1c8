package dev.fanfare.server;

import dev.fanfare.auth.Principal;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.event.ConnectAnswer;
import dev.fanfare.event.ConnectEvent;
import dev.fanfare.event.EventContext;
import dev.fanfare.limit.ConnectionLimits;
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
 * A client that was admitted and is not connected yet: the claims of its token and its offer, as changed by the event
 * handler.
 *
 * @param connectionId of the future connection
 * @param limits what it shares with other connections, which count it
 * @param state what the event handler stores with the connection
 */
record PendingConnection(
        String connectionId,
        ClientUrl url,
        SubprotocolOffer subprotocolOffer,
        Principal principal,
        ConnectionLimits limits,
        EventState state) {

    private static final Set<String> SECRET_HEADERS = Set.of("authorization", "proxy-authorization");
    private static final long NOT_YET = 0;
    private static final String SUBPROTOCOLS = "sec-websocket-protocol";

    /** The {@code connect} event, without the secrets of the request. */
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

    /** Its identity while no subprotocol has been negotiated. */
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

    /** The same, changed by the answer of the event handler. The caller has negotiated the subprotocol. */
    PendingConnection decided(ConnectAnswer answer, SubprotocolOffer agreed) {
        Principal changed = new Principal(
                answer.userId() == null ? principal.userId() : emptyIsNone(answer.userId()),
                answer.roles() == null ? principal.roles() : answer.roles(),
                answer.groups() == null ? principal.groups() : answer.groups(),
                principal.claims(),
                principal.tokenId(),
                principal.issuedAtSeconds(),
                principal.expiresAtMillis(),
                principal.endsAtMillis(),
                principal.signer());
        EventState kept = new EventState(agreed.custom(), state.connectionState(), state.lastId());
        return new PendingConnection(connectionId, url, agreed, changed, limits, kept);
    }

    /** The same, sharing other limits. */
    PendingConnection sharing(ConnectionLimits others) {
        return new PendingConnection(connectionId, url, subprotocolOffer, principal, others, state);
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
        // Browsers put their tokens here.
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
        return "PendingConnection[connectionId=" + connectionId + "]";
    }
}
