package dev.fanfare.server;

/** The ports that are actually bound, known once all instances have started. Thread-safe. */
public final class ListeningPorts {

    private volatile int plain;
    private volatile int tls;

    void plain(int port) {
        plain = port;
    }

    void tls(int port) {
        tls = port;
    }

    /** The port without TLS, 0 if there is none. */
    public int plain() {
        return plain;
    }

    /** The port with TLS, 0 if there is none. */
    public int tls() {
        return tls;
    }
}
