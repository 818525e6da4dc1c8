package dev.fanfare.cluster;

import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** What members of one cluster agree on in the TLS handshakes of both ports. */
final class MemberHandshake {

    private static final String APPLICATION = "fanfare-members/";

    private MemberHandshake() {}

    /** The name of the cluster as a protocol above TLS: peers that offer another one are refused in the handshake. */
    static List<String> applicationProtocols(String clusterName) {
        return List.of(APPLICATION + clusterName);
    }

    /** The same as an option of the other parameters. */
    static SSLParameters withName(SSLParameters parameters, String clusterName) {
        parameters.setApplicationProtocols(applicationProtocols(clusterName).toArray(new String[0]));
        return parameters;
    }

    /** Checks that the certificates of the peer are valid now, which a session of TLS that is resumed does not. */
    static void requireValid(SSLSession session) throws SSLPeerUnverifiedException, SSLHandshakeException {
        try {
            for (Certificate certificate : session.getPeerCertificates()) {
                ((X509Certificate) certificate).checkValidity();
            }
        } catch (CertificateException e) {
            SSLHandshakeException invalid = new SSLHandshakeException("certificate of the peer: " + e.getMessage());
            invalid.initCause(e);
            throw invalid;
        }
    }
}
