package dev.fanfare.cluster;

import dev.fanfare.socket.InboundCheck;
import dev.fanfare.socket.Listeners;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Makes the handshakes of {@code cluster.busPort} as strict as those of {@code cluster.port}, where this process is the server,
 * and checks what peers send. A peer that names no cluster is accepted: releases before this check are among them.
 * Thread-safe.
 */
final class BusHandshakes implements Listeners.Handshakes {

    private static final int MAX_FRAME =
            BusFrames.maxLength(Runtime.getRuntime().maxMemory());

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
    public @Nullable InboundCheck inbound(int port) {
        return port == options.busPort() ? new BusFrames(MAX_FRAME, peer -> refusals.add(Refusal.FRAME, peer)) : null;
    }

    @Override
    public void fail(int port, Throwable cause, String remote) {
        if (port == options.busPort()) {
            refusals.add(cause, remote);
        }
    }
}
