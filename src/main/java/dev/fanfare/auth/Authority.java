package dev.fanfare.auth;

import io.vertx.core.Future;

/** Whoever may sign tokens: the holders of access keys, or an issuer. Any thread may use it. */
interface Authority {

    /**
     * Who a client is, if the signature proves good.
     *
     * @param hub in lower case
     */
    Principal client(Claims claims, String hub) throws AuthenticationException;

    /**
     * Who a server is, if the signature proves good.
     *
     * @param requestUri path and query as received
     */
    Principal server(Claims claims, String requestUri) throws AuthenticationException;

    /** The keys at hand. */
    KeySet keys();

    /** Newer keys if there may be some, else those at hand; on the caller's context. */
    Future<KeySet> newerKeys();
}
