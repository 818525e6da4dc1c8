package dev.fanfare.api;

import dev.fanfare.core.Names;
import io.vertx.core.MultiMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The metadata of a message, from the header fields of a request. */
final class MessageMetadata {

    private static final String PREFIX = "x-webpubsub-metadata-";

    private MessageMetadata() {}

    /** Keys in lower case, values verbatim: a comma is part of a value. The last field of a name counts. */
    static Map<String, String> of(MultiMap headers) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(PREFIX)) {
                metadata.put(name.substring(PREFIX.length()), header.getValue());
            }
        }
        ApiException.check("metadata", Names.metadataProblem(metadata));
        return Collections.unmodifiableMap(metadata);
    }
}
