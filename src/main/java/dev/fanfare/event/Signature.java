package dev.fanfare.event;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves to handlers that an event comes from a broker with their access key: an HMAC-SHA256 over the connection id for
 * each key, in hexadecimal digits. The protocol signs the bare id with the access key itself, and the same key signs
 * tokens, whose signed text always has a dot: so no id with a dot is ever signed. Not thread-safe.
 */
final class Signature {

    private static final String ALGORITHM = "HmacSHA256";

    private final List<Mac> macs = new ArrayList<>();

    /** @param accessKeys all valid keys */
    Signature(List<String> accessKeys) {
        for (String key : accessKeys) {
            try {
                Mac mac = Mac.getInstance(ALGORITHM);
                mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM));
                macs.add(mac);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has " + ALGORITHM, e);
            }
        }
    }

    /**
     * The value of {@code ce-signature}.
     *
     * @throws IllegalArgumentException if the id has a dot: its signature could be that of a token
     */
    String of(String connectionId) {
        if (connectionId.indexOf('.') >= 0) {
            throw new IllegalArgumentException("a connection id with a dot is not signed");
        }
        byte[] message = connectionId.getBytes(StandardCharsets.UTF_8);
        return macs.stream()
                .map(mac -> "sha256=" + HexFormat.of().formatHex(mac.doFinal(message)))
                .collect(Collectors.joining(","));
    }
}
