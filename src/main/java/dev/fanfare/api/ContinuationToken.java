package dev.fanfare.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Where the next page of a listing begins: the last id of the previous page, with a checksum, so that a text that was
 * made up or truncated is refused instead of starting anywhere. It is no secret, and means the same on every node.
 */
final class ContinuationToken {

    private static final int CHECKSUM_BYTES = 4;

    private ContinuationToken() {}

    /** The token for what follows an id. */
    static String of(String connectionId) {
        byte[] id = connectionId.getBytes(StandardCharsets.UTF_8);
        byte[] token = ByteBuffer.allocate(CHECKSUM_BYTES + id.length)
                .putInt(checksum(id))
                .put(id)
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    /** The id that a token was made for; null if the token is not valid. */
    static @Nullable String read(String token) {
        byte[] decoded;
        try {
            decoded = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (decoded.length <= CHECKSUM_BYTES) {
            return null;
        }
        byte[] id = new byte[decoded.length - CHECKSUM_BYTES];
        ByteBuffer bytes = ByteBuffer.wrap(decoded);
        int checksum = bytes.getInt();
        bytes.get(id);
        return checksum == checksum(id) ? new String(id, StandardCharsets.UTF_8) : null;
    }

    private static int checksum(byte[] id) {
        CRC32 checksum = new CRC32();
        checksum.update(id);
        return (int) checksum.getValue();
    }
}
