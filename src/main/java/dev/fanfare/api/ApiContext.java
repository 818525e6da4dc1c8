package dev.fanfare.api;

import dev.fanfare.broker.Broker;
import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.config.LiveConfig;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.OutboundConnections;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What the operations use of a node, over REST and on the event bus. Thread-safe.
 *
 * @param present the configuration, some keys of which may change
 * @param hubs the settings of hubs
 * @param tokens creates tokens for clients
 * @param outbound opens connections to remote servers
 * @param revocations what is revoked, and the way to change it
 * @param consumers the registered consumers, and the way to become one
 * @param clock the time of day
 * @param reload reads the configuration again; fails with a {@link dev.fanfare.config.ConfigException} if there are
 *     problems
 */
public record ApiContext(
        Supplier<Config> present,
        Supplier<Hubs> hubs,
        Broker broker,
        ClientTokenHandlers tokens,
        OutboundConnections outbound,
        RevocationList revocations,
        ConsumerAccess consumers,
        Metrics metrics,
        AlertSink alerts,
        InstantSource clock,
        Supplier<Future<LiveConfig.ConfigChange>> reload) {

    Config config() {
        return present.get();
    }
}
