package dev.fanfare;

import dev.fanfare.auth.AccessKey;
import dev.fanfare.config.Config;
import java.util.List;

/**
 * The keys a node works with.
 *
 * @param auth the configuration, with the access key that was made up if there was none
 * @param announced whether the operator is told that key, because there is no other way in; a node whose issuers let
 *     clients in keeps it for the tokens it mints itself
 */
record Keys(Config.Auth auth, boolean announced) {

    static Keys of(Config.Auth configured) {
        if (!configured.accessKeys().isEmpty()) {
            return new Keys(configured, false);
        }
        return new Keys(
                new Config.Auth(
                        List.of(AccessKey.random()),
                        configured.clockToleranceSeconds(),
                        configured.maxTokenBytes(),
                        configured.issuers()),
                configured.issuers().isEmpty());
    }
}
