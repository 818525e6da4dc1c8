package dev.fanfare.cluster;

import dev.fanfare.socket.Listeners;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * Makes the handshakes of {@code cluster.busPort} as strict as those of {@code cluster.port}, where this process is the server. A
 * peer that names no cluster is accepted: releases before this check are among them. Thread-safe.
 */
final class BusHandshakes implements Listeners.Handshakes {

    private final ClusterOptions options;
    private final Refusals refusals;

    BusHandshakes(ClusterOptions options, Refusals refusals) {
        this.options = options;
        this.refusals = refusals;
    }

    @Override
    public void begin(int port, SSLEngine engine) {
        if (port == options.busPort()) {
            engine.setSSLParameters(MemberHandshake.withName(engine.getSSLParameters(), options.name()));
        }
    }

    @Override
    public void complete(int port, SSLSession session) throws SSLException {
        if (port == options.busPort()) {
            MemberHandshake.requireValid(session);
        }
    }

    @Override
    public void fail(int port, Throwable cause, String remote) {
        if (port == options.busPort()) {
            refusals.add(cause, remote);
        }
    }
}
