package dev.fanfare.api;

import dev.fanfare.core.json.JsonReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Checks JSON that is forwarded verbatim. */
final class JsonText {

    private JsonText() {}

    /** The text of a body that is exactly one JSON value (RFC 8259). */
    static String check(byte[] body) {
        if (body.length == 0) {
            throw ApiException.badRequest("body", "body: is empty; a JSON value is needed");
        }
        @Nullable String problem = JsonReader.problem(body);
        ApiException.check("body", problem == null ? null : "body: " + problem);
        return new String(body, StandardCharsets.UTF_8);
    }
}
