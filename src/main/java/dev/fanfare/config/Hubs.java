package dev.fanfare.config;

import dev.fanfare.core.Names;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The settings of all hubs, prepared for use on the path of a message. Immutable, thread-safe. */
public final class Hubs {

    private final Map<String, HubSettings> named = new HashMap<>();
    private final HubSettings any;

    /** Prepares the hubs of a loaded configuration. */
    public Hubs(Config config) {
        config.hubs().forEach((name, hub) -> named.put(Names.hub(name), new HubSettings(hub)));
        any = Objects.requireNonNull(named.get(Config.ANY_HUB), "no settings for all hubs");
    }

    /**
     * The settings of a hub, at the cost of one lookup.
     *
     * @param hub in the canonical spelling of {@link Names#hub}
     */
    public HubSettings of(String hub) {
        return named.getOrDefault(hub, any);
    }
}
