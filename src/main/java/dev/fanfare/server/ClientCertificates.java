package dev.fanfare.server;

import io.vertx.core.http.HttpConnection;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLPeerUnverifiedException;

/** The certificate of a client, in the form that event handlers get. */
final class ClientCertificates {

    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private ClientCertificates() {}

    /** The client's own certificate, if it presented one: SHA-1 thumbprint and PEM. */
    static List<Map<String, String>> of(HttpConnection connection) {
        if (!connection.isSsl()) {
            return List.of();
        }
        try {
            return List.of(described(connection.peerCertificates().get(0)));
        } catch (SSLPeerUnverifiedException none) {
            return List.of();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate that was verified cannot be encoded", e);
        }
    }

    private static Map<String, String> described(Certificate certificate) throws GeneralSecurityException {
        byte[] encoded = certificate.getEncoded();
        return Map.of(
                "thumbprint",
                HexFormat.of().withUpperCase().formatHex(sha1(encoded)),
                "content",
                "-----BEGIN CERTIFICATE-----\n" + LINES.encodeToString(encoded) + "\n-----END CERTIFICATE-----\n");
    }

    private static byte[] sha1(byte[] bytes) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-1").digest(bytes);
    }
}
