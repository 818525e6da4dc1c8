package dev.fanfare.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Mints tokens for clients. Called on event loops. */
public interface ClientTokenHandlers {

    /**
     * A compact JWT that is valid for the client endpoint of one hub.
     *
     * @param endpoint scheme and authority under which clients reach the node, without a trailing slash
     * @param hub the hub's name in lower case
     * @param userId null for an anonymous user
     * @param roles the roles of the token
     * @param groups to be joined at connect
     * @param lifetime from now
     */
    String mint(
            String endpoint,
            String hub,
            @Nullable String userId,
            List<String> roles,
            List<String> groups,
            Duration lifetime);
}
