package dev.fanfare.api;

import dev.fanfare.core.ContentType;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The transport of a call, each of which has its own form of the same things. */
interface CallTransport {

    /** The type of the body. */
    ContentType contentType();

    /** The body, which must not be modified. */
    byte[] body();

    /** The metadata of the message in the body. */
    Map<String, String> metadata();

    /** Scheme and authority under which the caller reached the node; null if there is none. */
    @Nullable
    String endpoint();

    /** Who calls, and whether it still waits; null where callers are trusted. */
    @Nullable
    CallPeer peer();

    /**
     * The other end of a call.
     *
     * @param authorization the Authorization header; null for none
     * @param open whether the answer can still be sent; any thread may ask
     */
    record CallPeer(@Nullable String authorization, InetAddress address, BooleanSupplier open) {
        @Override
        public String toString() {
            return "CallPeer[address=" + address + "]"; // no secret
        }
    }

    /** Sets a header field of the answer, where there are header fields. */
    void header(CharSequence name, String value);

    /**
     * Adds how the next page is requested.
     *
     * @param page the body of the answer
     * @param call the answered call
     * @param query the query of the next page
     */
    void next(JsonObject page, Call call, Map<String, String> query);
}
