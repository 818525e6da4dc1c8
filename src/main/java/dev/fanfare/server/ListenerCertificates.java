package dev.fanfare.server;

import dev.fanfare.config.Config.Tls;
import dev.fanfare.config.Config.Tls.ClientCertificateMode;
import dev.fanfare.socket.CertificateFiles;
import dev.fanfare.socket.TlsDefaults;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Reads the files of the TLS listener. Every method does blocking I/O: call it on a worker, or at startup. */
final class ListenerCertificates {

    private final Tls config;
    private final int handshakeTimeoutSeconds;

    ListenerCertificates(Tls config, int handshakeTimeoutSeconds) {
        this.config = config;
        this.handshakeTimeoutSeconds = handshakeTimeoutSeconds;
    }

    /** Differ once a file has changed. */
    List<Object> stamps() throws IOException {
        return CertificateFiles.stamps(files());
    }

    private List<String> files() {
        return Stream.of(
                        config.keyFile(),
                        config.certificateFile(),
                        config.keyStoreFile(),
                        config.trustFile(),
                        config.revocationFile())
                .filter(file -> !file.isBlank())
                .toList();
    }

    /** The content of the files as server options. */
    ServerSSLOptions options() throws Exception {
        TlsDefaults.refuseRenegotiation();
        expiry(); // says which file it is that holds no certificate
        KeyCertOptions own = keyAndCertificates();
        CertificateFiles.requirePair(own, "server.tls.keyFile", "server.tls.certificateFile");
        ServerSSLOptions options = new ServerSSLOptions()
                .setKeyCertOptions(own)
                .setEnabledSecureTransportProtocols(new LinkedHashSet<>(config.protocols()))
                .setSslHandshakeTimeout(handshakeTimeoutSeconds)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setUseAlpn(false);
        List<String> ciphers = config.ciphers().isEmpty() ? TlsDefaults.ciphers() : config.ciphers();
        ciphers.forEach(options::addEnabledCipherSuite);
        if (config.clientCertificates() != ClientCertificateMode.NONE) {
            options.setClientAuth(
                            config.clientCertificates() == ClientCertificateMode.REQUIRED
                                    ? ClientAuth.REQUIRED
                                    : ClientAuth.REQUEST)
                    .setTrustOptions(new PemTrustOptions().addCertValue(content(config.trustFile())));
        }
        if (!config.revocationFile().isBlank()) {
            options.addCrlValue(content(config.revocationFile()));
        }
        return options;
    }

    private KeyCertOptions keyAndCertificates() throws IOException {
        if (config.keyStoreFile().isBlank()) {
            return new PemKeyCertOptions()
                    .setKeyValue(content(config.keyFile()))
                    .setCertValue(content(config.certificateFile()));
        }
        return new PfxOptions().setValue(content(config.keyStoreFile())).setPassword(config.keyStorePassword());
    }

    /** When the first certificate of our chain expires. */
    Instant expiry() throws IOException, GeneralSecurityException {
        return CertificateFiles.expiry(certificates());
    }

    private Collection<? extends Certificate> certificates() throws IOException, GeneralSecurityException {
        if (config.keyStoreFile().isBlank()) {
            try {
                return CertificateFiles.certificates(Files.readAllBytes(Path.of(config.certificateFile())));
            } catch (CertificateException e) {
                throw new CertificateException("server.tls.certificateFile: " + e.getMessage(), e);
            }
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(config.keyStoreFile()))) {
            store.load(in, config.keyStorePassword().toCharArray());
        }
        Stream.Builder<Certificate> chain = Stream.builder();
        for (String alias : Collections.list(store.aliases())) {
            Certificate[] certificates = store.getCertificateChain(alias);
            if (certificates != null) {
                Stream.of(certificates).forEach(chain);
            }
        }
        return chain.build().toList();
    }

    private static Buffer content(String file) throws IOException {
        return Buffer.buffer(Files.readAllBytes(Path.of(file)));
    }
}
