package dev.fanfare.socket;

import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/** Settings of TLS listeners where the defaults of the JDK and Netty do not suit servers. */
public final class TlsDefaults {

    private TlsDefaults() {}

    /**
     * Refuses client-initiated renegotiation of TLS 1.2, which costs the server far more than the client. The JDK reads
     * the property once, at the first server handshake of the process, so call this before anything listens. OpenSSL in
     * Netty always refuses.
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
