package dev.fanfare.api;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Set;

/** The API descriptions that a node serves. */
final class Description {

    static final String OF_API = "getDescription";
    static final String OF_EVENTS = "getEventDescription";

    /** The operations that serve them. */
    static final Set<String> OPERATIONS = Set.of(OF_API, OF_EVENTS);

    /** The REST API. */
    static final Reply OPEN_API = reply("/openapi.yaml");

    /** The protocol of clients, and events. */
    static final Reply ASYNC_API = reply("/asyncapi.yaml");

    private Description() {}

    /** The media type is that of RFC 9512. */
    private static Reply reply(String resource) {
        return Reply.document("application/yaml", Buffer.buffer(load(resource)));
    }

    private static byte[] load(String resource) {
        try (InputStream in = Description.class.getResourceAsStream(resource)) {
            return Objects.requireNonNull(in, "resource=" + resource).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
