package dev.fanfare.api;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The description of the API that it serves itself. */
final class Description {

    static final String OPERATION = "getDescription";

    private static final String RESOURCE = "/openapi.yaml";

    /** The media type is that of RFC 9512. */
    static final Reply REPLY = Reply.document("application/yaml", Buffer.buffer(load()));

    private Description() {}

    private static byte[] load() {
        try (InputStream in = Description.class.getResourceAsStream(RESOURCE)) {
            return Objects.requireNonNull(in, "resource=" + RESOURCE).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
