package dev.fanfare.auth;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.function.BooleanSupplier;

/**
 * Turns a token into a principal. Called on event loops and never blocks them; the future completes on the caller's
 * context and fails with {@link AuthenticationException} only, which may take up to two seconds where tokens from the same
 * place failed often.
 */
public interface Authenticator {

    /**
     * A client that wants to connect to a hub.
     *
     * @param token the compact JWT as the client sent it
     * @param hub the hub's name in lower case
     * @param from where the client is
     * @param wanted whether somebody waits for the answer: a token is not verified for a client that has gone. Asked on any
     *     thread
     */
    Future<Principal> authenticateClient(String token, String hub, InetAddress from, BooleanSupplier wanted);

    /** The same for a client that waits in any case. */
    default Future<Principal> authenticateClient(String token, String hub, InetAddress from) {
        return authenticateClient(token, hub, from, () -> true);
    }

    /**
     * A server that calls the REST API.
     *
     * @param token the compact JWT from the Authorization header
     * @param requestUri path and query of the request as received, starting with a slash
     * @param from where the server is
     * @param wanted as for clients
     */
    Future<Principal> authenticateApi(String token, String requestUri, InetAddress from, BooleanSupplier wanted);
}
