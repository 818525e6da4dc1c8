package dev.fanfare.config;

import dev.fanfare.config.Config.Tls;
import dev.fanfare.config.Config.Tls.ClientCertificates;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** Checks files, and the rest of the section of a TLS listener. */
final class TlsFiles {

    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    private TlsFiles() {}

    /** Whether all files that are needed are there. */
    static void check(Tls tls, Problems problems) {
        if (tls.keyStoreFile().isBlank()) {
            checkFile(problems, "keyFile", tls.keyFile(), "; TLS needs a PEM file here, or a keyStoreFile");
            checkFile(problems, "certificateFile", tls.certificateFile(), "; TLS needs a PEM file here");
        } else {
            checkFile(problems, "keyStoreFile", tls.keyStoreFile(), "");
            checkLeftOut(problems, "keyFile", tls.keyFile());
            checkLeftOut(problems, "certificateFile", tls.certificateFile());
        }
        if (tls.clientCertificates() != ClientCertificates.NONE) {
            checkFile(problems, "trustFile", tls.trustFile(), "; client certificates need authorities to trust");
        }
        if (!tls.revocationFile().isBlank()) {
            checkFile(problems, "revocationFile", tls.revocationFile(), "");
        }
    }

    /** Whether protocols and ciphers are known. */
    static void checkNames(Tls tls, Problems problems) {
        if (tls.protocols().isEmpty()) {
            problems.report("protocols", "is empty; give at least one of " + String.join(", ", PROTOCOLS));
        }
        checkKnown(problems, "protocols", tls.protocols(), Set.copyOf(PROTOCOLS), String.join(", ", PROTOCOLS));
        checkKnown(problems, "ciphers", tls.ciphers(), supportedCiphers(), "a cipher suite that this JDK supports");
    }

    private static void checkKnown(
            Problems problems, String key, List<String> names, Set<String> known, String allowed) {
        for (int i = 0; i < names.size(); i++) {
            if (!known.contains(names.get(i))) {
                problems.report(key + "[" + i + "]", "is " + Problems.quoted(names.get(i)) + "; it must be " + allowed);
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

    private static void checkLeftOut(Problems problems, String key, String file) {
        if (!file.isBlank()) {
            problems.conflict(key, "keyStoreFile", "is given and so is server.tls.keyStoreFile; leave one of them out");
        }
    }

    /** Whether a file is there; {@code whenEmpty} goes on where no name is given. */
    static void checkFile(Problems problems, String key, String file, String whenEmpty) {
        if (file.isBlank()) {
            problems.report(key, "is empty" + whenEmpty);
        } else if (!isReadable(file)) {
            problems.report(key, "is " + Problems.quoted(file) + "; there is no such file, or it cannot be read");
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
