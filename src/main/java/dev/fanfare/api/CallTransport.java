package dev.fanfare.api;

import dev.fanfare.core.ContentType;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way a call came, which has its own forms of the same things. */
interface CallTransport {

    /** What the body is. */
    ContentType contentType();

    /** The body; nobody writes into it. */
    byte[] body();

    /** The metadata of the message in the body. */
    Map<String, String> metadata();

    /** Scheme and authority the caller reached us by; null if there is no such thing. */
    @Nullable
    String endpoint();

    /** Sets a header field of the answer, if it has any. */
    void header(CharSequence name, String value);

    /**
     * Says how the next page is asked for.
     *
     * @param page the body of the answer
     * @param call whose answer it is
     * @param query what to ask for
     */
    void next(JsonObject page, Call call, Map<String, String> query);
}
