package dev.fanfare.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/**
 * A page of {@code src/examples}: one file with its style and its script. Its policy names both by their hashes, so
 * that nothing else can run in it, whatever others write into a chat.
 *
 * @param policy the Content-Security-Policy it is served with
 */
record ExamplePage(Buffer html, String policy) {

    /** Reads a page from the jar. */
    static ExamplePage load(String name) {
        byte[] html = bytes("/dev/fanfare/examples/" + name + "/" + name + ".html");
        String text = new String(html, StandardCharsets.UTF_8);
        String policy = "default-src 'none'; script-src " + hash(text, "script") + "; style-src " + hash(text, "style")
                + "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                + " require-trusted-types-for 'script'; trusted-types 'none'";
        return new ExamplePage(Buffer.buffer(html), policy);
    }

    void send(HttpServerResponse response) {
        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/html; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader("Content-Security-Policy", policy)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .end(html);
    }

    /** The hash of what is between the tags, as defined by CSP Level 3 section 2.3.1. */
    private static String hash(String html, String tag) {
        int start = html.indexOf("<" + tag + ">") + tag.length() + 2;
        String text = html.substring(start, html.indexOf("</" + tag + ">", start));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static byte[] bytes(String resource) {
        try (InputStream in = ExamplePage.class.getResourceAsStream(resource)) {
            return Objects.requireNonNull(in, "resource=" + resource).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
