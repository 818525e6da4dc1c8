package dev.fanfare.cluster;

import static java.nio.file.Files.readAllBytes;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate and key of this process and the authorities that it trusts, of both ports. They are replaced while it
 * runs: by a new certificate well before the old one ends, or by changed files. New connections use the new ones.
 * Thread-safe. {@link #refresh} blocks; everything else answers at once.
 */
final class MemberCredentials {

    private static final Logger log = LoggerFactory.getLogger(MemberCredentials.class);

    /** One version of TLS, and one that encrypts certificates. */
    static final String PROTOCOL = "TLSv1.3";

    /** A certificate that this process issued for itself is replaced after that long. */
    private static final Duration RENEWED_AFTER = Duration.ofHours(12);

    private static final int LINE = 64;

    private final ClusterTls tls;
    private final String clusterName;
    private final String processId;
    private final InstantSource clock;
    private volatile @Nullable Loaded current;

    MemberCredentials(ClusterTls tls, String clusterName, String processId, InstantSource clock) {
        this.tls = tls;
        this.clusterName = clusterName;
        this.processId = processId;
        this.clock = clock;
    }

    /**
     * One set of credentials.
     *
     * @param stamps of the files, or whatever else tells when to load again
     * @param own certificate and key
     * @param trusted authorities
     * @param context made of both
     */
    private record Loaded(
            List<Object> stamps, PemKeyCertOptions own, PemTrustOptions trusted, SSLContext context, Instant expiry) {}

    /** Whether there is TLS at all. */
    boolean enabled() {
        return !(tls instanceof ClusterTls.Off);
    }

    /** For sockets of the grid; the one of the moment, for one connection. {@link #refresh} must have succeeded. */
    SSLContext context() {
        return loaded().context();
    }

    /** When the certificate of this process expires; {@link Instant#EPOCH} without TLS. */
    Instant expiry() {
        Loaded now = current;
        return now == null ? Instant.EPOCH : now.expiry();
    }

    /** For the event bus: certificate and key of the moment. */
    PemKeyCertOptions own() {
        return loaded().own();
    }

    /** For the event bus: authorities of the moment. */
    PemTrustOptions trusted() {
        return loaded().trusted();
    }

    /**
     * Loads them, if they are not loaded yet or have changed since. Blocks. If that fails, those loaded before stay in use.
     *
     * @return whether they have been loaded
     */
    synchronized boolean refresh() throws Exception {
        if (!enabled()) {
            return false;
        }
        Loaded before = current;
        List<Object> stamps = stamps(before);
        if (before != null && stamps.equals(before.stamps())) {
            return false;
        }
        Loaded loaded =
                tls instanceof ClusterTls.Files files ? read(files, stamps) : issue((ClusterTls.Derived) tls, stamps);
        current = loaded;
        log.atInfo().addKeyValue("expires", loaded.expiry()).log("certificate between nodes loaded");
        return true;
    }

    /** Differ from the previous ones if there is something to load. */
    private List<Object> stamps(@Nullable Loaded before) throws IOException {
        List<Object> stamps = new ArrayList<>();
        if (tls instanceof ClusterTls.Files files) {
            for (String file : List.of(files.certificateFile(), files.keyFile(), files.caFile())) {
                stamps.add(java.nio.file.Files.getLastModifiedTime(Path.of(file)));
                stamps.add(java.nio.file.Files.size(Path.of(file)));
            }
        } else {
            // Also when the clock has been set back.
            Instant now = clock.instant();
            Instant issued =
                    before == null ? Instant.MIN : (Instant) before.stamps().get(0);
            boolean fresh = !now.isBefore(issued) && now.isBefore(issued.plus(RENEWED_AFTER));
            stamps.add(before != null && fresh ? issued : now);
        }
        return stamps;
    }

    private static Loaded read(ClusterTls.Files files, List<Object> stamps) throws Exception {
        return loaded(
                stamps,
                Buffer.buffer(readAllBytes(Path.of(files.certificateFile()))),
                Buffer.buffer(readAllBytes(Path.of(files.keyFile()))),
                Buffer.buffer(readAllBytes(Path.of(files.caFile()))));
    }

    private Loaded issue(ClusterTls.Derived derived, List<Object> stamps) throws Exception {
        Buffer authorities = Buffer.buffer();
        DerivedAuthority own = null;
        for (String accessKey : derived.accessKeys()) {
            DerivedAuthority authority = DerivedAuthority.derive(accessKey, clusterName);
            own = own == null ? authority : own;
            authorities.appendBuffer(pem("CERTIFICATE", authority.certificate().getEncoded()));
        }
        KeyPair keys = DerivedAuthority.newKeys();
        X509Certificate certificate = Objects.requireNonNull(own).issue(processId, keys.getPublic(), clock.instant());
        return loaded(
                stamps,
                pem("CERTIFICATE", certificate.getEncoded()),
                pem("PRIVATE KEY", keys.getPrivate().getEncoded()),
                authorities);
    }

    private static Buffer pem(String type, byte[] content) {
        String text = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(content);
        return Buffer.buffer("-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }

    @SuppressWarnings("NullAway") // a Vert.x is needed only to find files by their names
    private static Loaded loaded(List<Object> stamps, Buffer certificates, Buffer key, Buffer authorities)
            throws Exception {
        PemKeyCertOptions own =
                new PemKeyCertOptions().addCertValue(certificates).addKeyValue(key);
        PemTrustOptions trusted = new PemTrustOptions().addCertValue(authorities);
        KeyManager[] keys = own.getKeyManagerFactory(null).getKeyManagers();
        requirePair(keys);
        SSLContext context = SSLContext.getInstance(PROTOCOL);
        context.init(keys, trustManagers(authorities), null);
        return new Loaded(stamps, own, trusted, context, expiry(certificates));
    }

    /** Files that are replaced one after the other may be read in between. */
    private static void requirePair(KeyManager[] managers) throws GeneralSecurityException {
        for (KeyManager manager : managers) {
            X509KeyManager keys = (X509KeyManager) manager;
            for (String algorithm : List.of("EC", "RSA", "EdDSA", "Ed25519")) {
                String[] aliases = keys.getServerAliases(algorithm, null);
                for (String alias : aliases == null ? new String[0] : aliases) {
                    requirePair(keys.getPrivateKey(alias), keys.getCertificateChain(alias)[0].getPublicKey());
                }
            }
        }
    }

    private static void requirePair(PrivateKey privateKey, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm = switch (publicKey.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> publicKey.getAlgorithm();
        };
        byte[] signed = publicKey.getEncoded();
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(privateKey);
        signature.update(signed);
        byte[] bytes = signature.sign();
        signature.initVerify(publicKey);
        signature.update(signed);
        if (!signature.verify(bytes)) {
            throw new CertificateException("cluster.tls.keyFile is not the key of cluster.tls.certificateFile");
        }
    }

    private static TrustManager[] trustManagers(Buffer authorities) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate authority : certificates(authorities)) {
            store.setCertificateEntry("authority" + store.size(), authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static Collection<? extends Certificate> certificates(Buffer pem) throws CertificateException {
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem.getBytes()));
    }

    /** Of the first certificate that expires. */
    private static Instant expiry(Buffer certificates) throws CertificateException {
        return certificates(certificates).stream()
                .map(certificate ->
                        ((X509Certificate) certificate).getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow(() -> new CertificateException("cluster.tls.certificateFile holds no certificate"));
    }

    private Loaded loaded() {
        return Objects.requireNonNull(current, "refresh() comes first");
    }
}
