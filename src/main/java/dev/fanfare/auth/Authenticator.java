package dev.fanfare.auth;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.function.BooleanSupplier;

/**
 * Verifies tokens and returns their principals. Called on event loops and never blocks them. The future completes on
 * the caller's context and fails with {@link AuthenticationException} only; a failure is delayed by up to two seconds
 * if tokens from the same network failed often.
 */
public interface Authenticator {

    /**
     * Authenticates a client that connects to a hub.
     *
     * @param token the compact JWT as the client sent it
     * @param hub the hub's name in lower case
     * @param from the address of the client
     * @param wanted whether the answer is still needed: tokens of disconnected clients are not verified. Called on any
     *     thread
     */
    Future<Principal> authenticateClient(String token, String hub, InetAddress from, BooleanSupplier wanted);

    /** The same without a check whether the answer is still needed. */
    default Future<Principal> authenticateClient(String token, String hub, InetAddress from) {
        return authenticateClient(token, hub, from, () -> true);
    }

    /**
     * Authenticates a server that calls the REST API.
     *
     * @param token the compact JWT from the Authorization header
     * @param requestUri path and query of the request as received, starting with a slash
     * @param from the address of the server
     * @param wanted as for clients
     */
    Future<Principal> authenticateApi(String token, String requestUri, InetAddress from, BooleanSupplier wanted);
}
