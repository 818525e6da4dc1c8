package dev.fanfare.socket;

import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/** What listeners with TLS do where neither the JDK nor Netty has the default that servers need. */
public final class TlsDefaults {

    private TlsDefaults() {}

    /**
     * Refuses renegotiation that a client asks for, which TLS 1.2 has: each costs the server far more than the client. The
     * JDK reads the property once, at the first handshake of a server in the process; so call it before anything listens.
     * OpenSSL in Netty refuses in any case.
     */
    public static void refuseRenegotiation() {
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }

    /** The cipher suites of the JDK with forward secrecy and authenticated encryption, in its order. */
    public static List<String> ciphers() {
        try {
            return Stream.of(SSLContext.getDefault().getDefaultSSLParameters().getCipherSuites())
                    .filter(TlsDefaults::isSound)
                    .toList();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without TLS", e);
        }
    }

    private static boolean isSound(String suite) {
        boolean authenticated = suite.contains("_GCM_") || suite.contains("_CHACHA20_POLY1305_");
        boolean tls13 = !suite.contains("_WITH_") && !suite.endsWith("_SCSV");
        return tls13 || (authenticated && suite.startsWith("TLS_ECDHE_"));
    }
}
