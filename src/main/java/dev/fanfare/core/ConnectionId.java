package dev.fanfare.core;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Ids of connections: 128 random bits in base64url (RFC 4648 section 5), then the id of the node that owns the
 * connection, so that no directory is needed to find it. Safe in URLs; opaque to clients. See {@code
 * src/docs/decisions/0008}.
 */
public final class ConnectionId {

    /** The most characters of a node id. */
    public static final int NODE_LENGTH = 16;

    private static final int GIVEN_LENGTH = 128;
    private static final String GIVEN_SIGNS = "-_~";
    private static final int RANDOM_BYTES = 16;
    private static final int RANDOM_LENGTH = 22;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** The possible values of the last of the 22 characters, which carries two bits. */
    private static final String LAST_CHARACTERS = "AQgw";

    private ConnectionId() {}

    /**
     * Makes a new id; all ids of a node have the same length.
     *
     * @param random must be unpredictable in production
     * @throws IllegalArgumentException if {@link #isNode} does not hold
     */
    public static String create(RandomGenerator random, String node) {
        if (!isNode(node)) {
            throw new IllegalArgumentException("node=" + node + " is not 1 to 16 letters and digits");
        }
        byte[] bits = new byte[RANDOM_BYTES];
        ByteBuffer.wrap(bits).putLong(random.nextLong()).putLong(random.nextLong());
        return BASE64.encodeToString(bits) + node;
    }

    /** The node that made the id, or null if it is not a generated id. */
    public static @Nullable String nodeOf(String connectionId) {
        if (connectionId.length() <= RANDOM_LENGTH
                || connectionId.length() > RANDOM_LENGTH + NODE_LENGTH
                || LAST_CHARACTERS.indexOf(connectionId.charAt(RANDOM_LENGTH - 1)) < 0) {
            return null;
        }
        for (int i = 0; i < connectionId.length(); i++) {
            char c = connectionId.charAt(i);
            boolean sign = i < RANDOM_LENGTH && (c == '-' || c == '_');
            if (!sign && !isLetterOrDigit(c)) {
                return null;
            }
        }
        return connectionId.substring(RANDOM_LENGTH);
    }

    /**
     * Whether a caller may choose this id: 1 to 128 letters, digits and signs that need no escape in a URL, which
     * cannot be mistaken for a generated id. It names no node, so a lookup asks all of them. A dot is not allowed: ids
     * are signed with the access key, and what is signed must never read as a token.
     */
    public static boolean mayBeGiven(String id) {
        return !id.isEmpty()
                && id.length() <= GIVEN_LENGTH
                && id.chars().allMatch(c -> isLetterOrDigit((char) c) || GIVEN_SIGNS.indexOf(c) >= 0)
                && nodeOf(id) == null;
    }

    /** Whether this can be the id of a node: 1 to 16 ASCII letters and digits. */
    public static boolean isNode(String text) {
        return !text.isEmpty() && text.length() <= NODE_LENGTH && text.chars().allMatch(c -> isLetterOrDigit((char) c));
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
