package dev.fanfare.cluster;

import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why a connection to a port between nodes was refused. */
public enum Refusal {
    /** No certificate, or none that an authority of this cluster issued, or one that is not valid now. */
    CERTIFICATE,
    /** A member of a cluster with another name. */
    CLUSTER_NAME,
    /** Something else than TLS, or TLS that this node does not speak. */
    PROTOCOL,
    /** Nothing, or not enough, was sent in time. */
    TIMEOUT,
    /** Too many handshakes at once: the oldest gave way. */
    CROWDED,
    /** A peer with a certificate of this cluster sent a frame that is malformed or too long. */
    FRAME,
    /** The peer closed the connection before it was established. */
    CLOSED;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a failed handshake as a server means. */
    static Refusal of(Throwable failure) {
        if (failure instanceof SocketTimeoutException) {
            return TIMEOUT;
        }
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return CERTIFICATE;
            }
        }
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("timed out")) {
            return TIMEOUT;
        }
        if (message.contains("certificate") || message.contains("unknown_ca")) {
            return CERTIFICATE;
        }
        if (message.contains("application")) {
            return CLUSTER_NAME;
        }
        return failure instanceof SSLException && !message.contains("terminated") ? PROTOCOL : CLOSED;
    }
}
