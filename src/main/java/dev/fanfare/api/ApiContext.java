package dev.fanfare.api;

import dev.fanfare.broker.Broker;
import dev.fanfare.config.Config;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.OutboundConnections;
import java.time.InstantSource;

/**
 * What the operations use of a node, over REST and on the event bus. Thread-safe.
 *
 * @param tokens creates tokens for clients
 * @param outbound opens connections to remote servers
 * @param revocations what is revoked, and the way to change it
 * @param clock the time of day
 */
public record ApiContext(
        Config config,
        Broker broker,
        ClientTokenHandlers tokens,
        OutboundConnections outbound,
        RevocationList revocations,
        Metrics metrics,
        InstantSource clock) {}
