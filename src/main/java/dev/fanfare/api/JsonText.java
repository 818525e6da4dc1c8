package dev.fanfare.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Checks JSON that is forwarded as it is. */
final class JsonText {

    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonText() {}

    /** The text of a body that is exactly one JSON value (RFC 8259). */
    static String check(byte[] body) {
        // Decoded first, since the parser would take bytes for UTF-16 or UTF-32 if they look like it.
        String text = MessageBody.decode(body, StandardCharsets.UTF_8);
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw Refusal.badRequest("body", "body: is empty; a JSON value is needed");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw Refusal.badRequest("body", "body: something follows the JSON value");
            }
            return text;
        } catch (IOException e) {
            throw Refusal.badRequest("body", "body: is not one JSON value");
        }
    }
}
