package dev.fanfare.event;

import dev.fanfare.config.Config;
import dev.fanfare.socket.CertificateFiles;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * What a handler is called with that may be in files.
 *
 * @param authorization the value of the Authorization header, from the configuration or from a file; null for none
 * @param authorities to trust, PEM; null for those of the JVM
 */
record HandlerFiles(
        @Nullable String authorization, @Nullable Buffer authorities) {

    /**
     * Reads them. Blocks.
     *
     * @throws IllegalArgumentException if a file cannot be read or does not hold what it should; the message shows none
     *     of it
     */
    static HandlerFiles read(Config.EventHandler handler) {
        return new HandlerFiles(authorization(handler), authorities(handler.trustFile()));
    }

    private static @Nullable String authorization(Config.EventHandler handler) {
        String file = handler.authorizationFile();
        if (file.isEmpty()) {
            return handler.authorization();
        }
        try {
            String value = Files.readString(Path.of(file)).strip();
            if (value.isEmpty() || !value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
                throw new IllegalArgumentException(
                        "authorizationFile " + file + " must hold one line of printable ASCII");
            }
            return value;
        } catch (IOException e) {
            throw new IllegalArgumentException("authorizationFile " + file + " cannot be read", e);
        }
    }

    private static @Nullable Buffer authorities(String file) {
        if (file.isEmpty()) {
            return null;
        }
        try {
            byte[] pem = Files.readAllBytes(Path.of(file));
            if (CertificateFiles.certificates(pem).isEmpty()) {
                throw new IllegalArgumentException("trustFile " + file + " holds no certificate");
            }
            return Buffer.buffer(pem);
        } catch (IOException e) {
            throw new IllegalArgumentException("trustFile " + file + " cannot be read", e);
        } catch (CertificateException e) {
            throw new IllegalArgumentException("trustFile " + file + " is not PEM with certificates", e);
        }
    }

    /** Without its content. */
    @Override
    public String toString() {
        return "HandlerFiles[authorization=" + (authorization != null) + ", authorities=" + (authorities != null) + "]";
    }
}
