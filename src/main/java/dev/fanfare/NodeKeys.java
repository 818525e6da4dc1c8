package dev.fanfare;

import dev.fanfare.auth.AccessKey;
import dev.fanfare.config.Config;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys a node works with.
 *
 * @param auth the configuration, with the access key that was made up if there was none
 * @param announced whether the operator is told that key, because there is no other way in; a node whose issuers let
 *     clients in keeps it for the tokens it mints itself
 */
record NodeKeys(Config.Auth auth, boolean announced) {

    static NodeKeys of(Config.Auth configured) {
        if (!configured.accessKeys().isEmpty()) {
            return new NodeKeys(configured, false);
        }
        return new NodeKeys(
                new Config.Auth(
                        List.of(AccessKey.random()),
                        configured.closeOnExpiry(),
                        configured.expiryGraceSeconds(),
                        configured.clockToleranceSeconds(),
                        configured.maxTokenBytes(),
                        configured.failedTokensPerSecond(),
                        configured.issuers()),
                configured.issuers().isEmpty());
    }

    /**
     * Keys for reconnection tokens: one for each access key, so that all nodes of a cluster have the same, and a key that is
     * being replaced is still good for the sessions it began with.
     */
    List<byte[]> reconnection() {
        return auth.accessKeys().stream().map(NodeKeys::derived).toList();
    }

    /** A key of its own, so that nothing signed for one purpose is good for the other. */
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
