package dev.fanfare;

import dev.fanfare.auth.AccessKey;
import dev.fanfare.config.Config;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of a node.
 *
 * @param auth the configuration, with a generated access key if none is configured
 * @param generated whether its key is a generated one
 * @param announced whether to print the generated key, because there is no other way to authenticate; with issuers
 *     or scoped keys configured, the node uses it only for tokens it mints itself
 */
record NodeKeys(Config.Auth auth, boolean generated, boolean announced) {

    static NodeKeys of(Config config) {
        Config.Auth configured = config.auth();
        return configured.accessKeys().isEmpty()
                ? new NodeKeys(
                        config.with("auth.accessKeys", List.of(AccessKey.random()))
                                .auth(),
                        true,
                        configured.issuers().isEmpty()
                                && configured.scopedKeys().isEmpty())
                : new NodeKeys(configured, false, false);
    }

    /** Those for another configuration: a key that was generated stays while none is configured. */
    NodeKeys next(Config config) {
        return config.auth().accessKeys().isEmpty() && generated
                ? new NodeKeys(config.with("auth.accessKeys", auth.accessKeys()).auth(), true, announced)
                : of(config);
    }

    /**
     * Keys for reconnection tokens: one derived from each access key, so that all nodes of a cluster have the same, and
     * sessions survive the rotation of access keys.
     */
    List<byte[]> reconnection() {
        return auth.accessKeys().stream().map(NodeKeys::derived).toList();
    }

    /** Derives a separate key, so that a signature for one purpose is invalid for the other. */
    private static byte[] derived(String accessKey) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(accessKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal("fanfare reconnection token".getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
