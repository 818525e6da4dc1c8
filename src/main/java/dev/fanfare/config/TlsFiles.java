package dev.fanfare.config;

import dev.fanfare.config.Config.Tls;
import dev.fanfare.config.Config.Tls.ClientCertificateMode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** Checks the files and the other settings of a TLS listener. */
final class TlsFiles {

    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    private TlsFiles() {}

    /** Checks that all required files exist. */
    static void check(Tls tls, ConfigProblems configProblems) {
        if (tls.keyStoreFile().isBlank()) {
            checkFile(configProblems, "keyFile", tls.keyFile(), "; TLS needs a PEM file here, or a keyStoreFile");
            checkFile(configProblems, "certificateFile", tls.certificateFile(), "; TLS needs a PEM file here");
        } else {
            checkFile(configProblems, "keyStoreFile", tls.keyStoreFile(), "");
            checkLeftOut(configProblems, "keyFile", tls.keyFile());
            checkLeftOut(configProblems, "certificateFile", tls.certificateFile());
        }
        if (tls.clientCertificates() != ClientCertificateMode.NONE) {
            checkFile(configProblems, "trustFile", tls.trustFile(), "; client certificates need authorities to trust");
        }
        if (!tls.revocationFile().isBlank()) {
            checkFile(configProblems, "revocationFile", tls.revocationFile(), "");
        }
    }

    /** Checks that protocols and ciphers are known. */
    static void checkNames(Tls tls, ConfigProblems configProblems) {
        if (tls.protocols().isEmpty()) {
            configProblems.report("protocols", "is empty; give at least one of " + String.join(", ", PROTOCOLS));
        }
        checkKnown(configProblems, "protocols", tls.protocols(), Set.copyOf(PROTOCOLS), String.join(", ", PROTOCOLS));
        checkKnown(
                configProblems, "ciphers", tls.ciphers(), supportedCiphers(), "a cipher suite that this JDK supports");
    }

    private static void checkKnown(
            ConfigProblems configProblems, String key, List<String> names, Set<String> known, String allowed) {
        for (int i = 0; i < names.size(); i++) {
            if (!known.contains(names.get(i))) {
                configProblems.report(
                        key + "[" + i + "]", "is " + ConfigProblems.quoted(names.get(i)) + "; it must be " + allowed);
            }
        }
    }

    private static Set<String> supportedCiphers() {
        try {
            return Set.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without TLS", e);
        }
    }

    private static void checkLeftOut(ConfigProblems configProblems, String key, String file) {
        if (!file.isBlank()) {
            configProblems.conflict(
                    key, "keyStoreFile", "is given and so is server.tls.keyStoreFile; leave one of them out");
        }
    }

    /** Checks that a file exists; {@code whenEmpty} completes the message if no name is given. */
    static void checkFile(ConfigProblems configProblems, String key, String file, String whenEmpty) {
        if (file.isBlank()) {
            configProblems.report(key, "is empty" + whenEmpty);
        } else if (!isReadable(file)) {
            configProblems.report(
                    key, "is " + ConfigProblems.quoted(file) + "; there is no such file, or it cannot be read");
        }
    }

    private static boolean isReadable(String file) {
        try {
            return Files.isRegularFile(Path.of(file)) && Files.isReadable(Path.of(file));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
