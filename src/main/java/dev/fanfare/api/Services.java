package dev.fanfare.api;

import dev.fanfare.broker.Broker;
import dev.fanfare.config.Config;
import dev.fanfare.core.Names;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.OutboundConnections;
import java.time.InstantSource;

/** What calls use, on one event loop. */
record Services(
        Config config,
        Names names,
        Broker broker,
        Broker.Origin origin,
        ClientTokenHandlers tokens,
        OutboundConnections outbound,
        Metrics metrics,
        InstantSource clock,
        Permits reports) {

    /** The most sends that wait for a report at a time, per event loop. */
    static final int MAX_REPORTS = 1000;

    static Services of(
            Config config,
            Broker broker,
            ClientTokenHandlers tokens,
            OutboundConnections outbound,
            Metrics metrics,
            InstantSource clock) {
        Config.Limits limits = config.limits();
        Names names = new Names(
                limits.hubNameLength(), limits.groupNameLength(), limits.eventNameLength(), limits.userIdLength());
        return new Services(
                config, names, broker, broker.origin(), tokens, outbound, metrics, clock, new Permits(MAX_REPORTS));
    }
}
