package dev.fanfare.config;

import dev.fanfare.core.Names;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** What holds for each hub, ready to be asked on the way of a message. Immutable, for all threads. */
public final class Hubs {

    private final Map<String, HubSettings> named = new HashMap<>();
    private final HubSettings any;

    /** Prepares the hubs of a configuration that was loaded. */
    public Hubs(Config config) {
        config.hubs().forEach((name, hub) -> named.put(Names.hub(name), new HubSettings(hub)));
        any = Objects.requireNonNull(named.get(Config.ANY_HUB), "no settings for all hubs");
    }

    /**
     * What holds for a hub, at the cost of one look-up.
     *
     * @param hub in the one spelling of {@link Names#hub}
     */
    public HubSettings of(String hub) {
        return named.getOrDefault(hub, any);
    }
}
