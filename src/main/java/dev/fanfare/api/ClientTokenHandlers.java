package dev.fanfare.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes tokens with which clients may connect. Called on event loops. */
public interface ClientTokenHandlers {

    /**
     * A compact JWT that is good for the client endpoint of one hub.
     *
     * @param endpoint scheme and authority under which clients reach us, without a slash at its end
     * @param hub the hub's name in lower case
     * @param userId null for an anonymous user
     * @param roles as the token is to have them
     * @param groups to be joined at connect
     * @param lifetime from now on
     */
    String mint(
            String endpoint,
            String hub,
            @Nullable String userId,
            List<String> roles,
            List<String> groups,
            Duration lifetime);
}
