package dev.fanfare.cli;

import dev.fanfare.auth.TokenMinter;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The REST API of a node, for commands: blocks for each call, and signs a token for it. */
final class RestApi {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(5);
    private static final int REDIRECTION = 300;

    private final ConnectionString access;
    private final HttpClient http;

    /**
     * @param trust the certificates of the authorities to trust, PEM; null for those of Java
     * @throws UsageException if they cannot be read
     */
    RestApi(ConnectionString access, @Nullable Path trust) {
        this.access = access;
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT);
        this.http = (trust == null ? builder : builder.sslContext(trusting(trust))).build();
    }

    private static SSLContext trusting(Path file) {
        try (InputStream pem = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + store.size(), certificate);
            }
            if (store.size() == 0) {
                throw new UsageException("--trust has no certificate: " + file);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new UsageException("--trust cannot be read: " + file);
        }
    }

    /**
     * Calls an operation.
     *
     * @param path with its query
     * @return the body; empty if there is none
     * @throws IOException if the node cannot be reached, or refuses; the message is for the operator
     */
    JsonObject call(String method, String path, @Nullable JsonObject body) throws IOException, InterruptedException {
        String url = access.endpoint() + path;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token(url))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response = send(request.build());
        if (response.statusCode() >= REDIRECTION) {
            throw new IOException(refusal(response));
        }
        return response.body().isEmpty() ? new JsonObject() : json(response.body());
    }

    private String token(String url) {
        return new TokenMinter(access.accessKey(), InstantSource.system()).apiToken(url, TOKEN_LIFETIME);
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new IOException(access.endpoint() + " cannot be reached", e);
        } catch (SSLHandshakeException e) {
            throw new IOException(
                    access.endpoint() + " has a certificate that is not trusted (--trust): " + e.getMessage(), e);
        }
    }

    private static JsonObject json(String body) throws IOException {
        try {
            return new JsonObject(body);
        } catch (DecodeException e) {
            throw new IOException("the answer is not JSON; is the endpoint that of a node?", e);
        }
    }

    /** What the node says is wrong, as {@code {"message": ...}}. */
    private static String refusal(HttpResponse<String> response) {
        String message = "";
        try {
            message = new JsonObject(response.body()).getString("message", "");
        } catch (DecodeException | ClassCastException notOurs) {
            // Something between answered.
        }
        return message.isEmpty() ? "answered with status " + response.statusCode() : message;
    }
}
