package dev.fanfare.cli;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client token to be minted.
 *
 * @param endpoint where the client will connect; part of the audience
 * @param accessKey the secret to sign with
 * @param hub the hub the token is valid for
 * @param userId null for an anonymous user
 * @param roles the permissions, as roles
 * @param groups to be joined at connect
 * @param lifetime from now
 */
record ClientTokenSpec(
        Endpoint endpoint,
        String accessKey,
        String hub,
        @Nullable String userId,
        List<String> roles,
        List<String> groups,
        Duration lifetime) {

    @Override
    public String toString() {
        return "TokenRequest[endpoint=" + endpoint + ", hub=" + hub + ", userId=" + userId + "]";
    }
}
