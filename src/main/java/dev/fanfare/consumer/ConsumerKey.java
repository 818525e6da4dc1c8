package dev.fanfare.consumer;

import dev.fanfare.core.Fingerprint;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where a record is in the store. Ids of clients are of any length and characters, so the key has their fingerprint.
 *
 * @param hub in lower case
 * @param name of the record within its hub: 22 characters of base64url
 */
record ConsumerKey(String hub, String name) {

    static final String PREFIX = "consumers/";

    static ConsumerKey of(String hub, String id) {
        Fingerprint fingerprint = Fingerprint.of("consumer", id);
        byte[] bytes = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(fingerprint.high())
                .putLong(fingerprint.low())
                .array();
        return new ConsumerKey(hub, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /** The key that a text of the store stands for; null if it is none. */
    static @Nullable ConsumerKey parse(String text) {
        int slash = text.indexOf('/', PREFIX.length());
        return text.startsWith(PREFIX) && slash > 0
                ? new ConsumerKey(text.substring(PREFIX.length(), slash), text.substring(slash + 1))
                : null;
    }

    String text() {
        return PREFIX + hub + "/" + name;
    }
}
