package dev.fanfare.api;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.auth.ClientSecrets;
import dev.fanfare.event.ConnectAnswer;
import dev.fanfare.event.EventException;
import dev.fanfare.event.EventSink;
import dev.fanfare.event.RegisterEvent;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.UUID;

/** Asks an event handler whether a client may register. */
final class HandlerDecision {

    private HandlerDecision() {}

    /** Fails with {@link AuthenticationException} only. */
    static Future<ConnectAnswer> ask(EventSink events, String hub, ClientCredentials credentials, InetAddress from) {
        return events.register(new RegisterEvent(
                        UUID.randomUUID().toString(),
                        hub,
                        credentials.id(),
                        credentials.secret(),
                        "/api/hubs/" + hub + "/consumers",
                        from.getHostAddress()))
                .recover(failure -> Future.failedFuture(refusal(failure)));
    }

    private static AuthenticationException refusal(Throwable failure) {
        boolean refused = failure instanceof EventException answer && answer.status() >= 400 && answer.status() < 500;
        return refused
                ? ClientSecrets.refused()
                : new AuthenticationException(
                        Reason.OVERLOADED, "the event handler could not be asked about the client; try again later");
    }
}
