package dev.fanfare.auth;

import io.vertx.core.Future;

/** An entity that may sign tokens: the holders of access keys, or an issuer. Thread-safe. */
interface Authority {

    /**
     * The principal of a client, provided that the signature is valid.
     *
     * @param hub in lower case
     */
    Principal client(Claims claims, String hub) throws AuthenticationException;

    /**
     * The principal of a server, provided that the signature is valid.
     *
     * @param requestUri path and query as received
     */
    Principal server(Claims claims, String requestUri) throws AuthenticationException;

    /** On whose behalf one of its keys signs. */
    TokenSigner signer(VerificationKey key);

    /** The current keys. */
    KeySet keys();

    /** Newer keys if there may be some, else the current ones; completes on the caller's context. */
    Future<KeySet> newerKeys();
}
