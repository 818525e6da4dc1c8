package dev.fanfare.cluster;

import static java.nio.file.Files.readAllBytes;

import dev.fanfare.socket.CertificateFiles;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
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

    private volatile ClusterTls tls;
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

    /**
     * Takes other access keys, if the authorities are derived from such; {@link #refresh} applies them.
     *
     * @return whether there is anything to apply
     */
    boolean derive(List<String> accessKeys) {
        if (tls instanceof ClusterTls.Derived derived && !derived.accessKeys().equals(accessKeys)) {
            tls = ClusterTls.derived(accessKeys);
            return true;
        }
        return false;
    }

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
        ClusterTls present = tls;
        Loaded before = current;
        List<Object> stamps = stamps(present, before);
        if (before != null && stamps.equals(before.stamps())) {
            return false;
        }
        Loaded loaded = present instanceof ClusterTls.Files files
                ? read(files, stamps)
                : issue((ClusterTls.Derived) present, stamps);
        current = loaded;
        log.atInfo().addKeyValue("expires", loaded.expiry()).log("certificate between nodes loaded");
        return true;
    }

    /** Differ from the previous ones if there is something to load. */
    private List<Object> stamps(ClusterTls present, @Nullable Loaded before) throws IOException {
        List<Object> stamps = new ArrayList<>();
        if (present instanceof ClusterTls.Files files) {
            stamps.addAll(CertificateFiles.stamps(List.of(files.certificateFile(), files.keyFile(), files.caFile())));
        } else {
            // Also when the clock has been set back.
            Instant now = clock.instant();
            Instant issued =
                    before == null ? Instant.MIN : (Instant) before.stamps().get(0);
            boolean fresh = !now.isBefore(issued) && now.isBefore(issued.plus(RENEWED_AFTER));
            stamps.add(before != null && fresh ? issued : now);
            stamps.add(((ClusterTls.Derived) present).accessKeys());
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
        CertificateFiles.requirePair(own, "cluster.tls.keyFile", "cluster.tls.certificateFile");
        SSLContext context = SSLContext.getInstance(PROTOCOL);
        context.init(own.getKeyManagerFactory(null).getKeyManagers(), trustManagers(authorities), null);
        Instant expiry = CertificateFiles.expiry(CertificateFiles.certificates(certificates.getBytes()));
        return new Loaded(stamps, own, trusted, context, expiry);
    }

    private static TrustManager[] trustManagers(Buffer authorities) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate authority : CertificateFiles.certificates(authorities.getBytes())) {
            store.setCertificateEntry("authority" + store.size(), authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private Loaded loaded() {
        return Objects.requireNonNull(current, "refresh() comes first");
    }
}
