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

    /** Whether clients connect to a port. */
    public boolean has(int port) {
        return port != 0 && (port == plain || port == tls);
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
