package dev.fanfare.api;

import dev.fanfare.broker.Broker;
import dev.fanfare.config.Config;
import dev.fanfare.config.HubSettings;
import dev.fanfare.core.Names;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.OutboundConnections;
import java.time.InstantSource;

/**
 * What calls use, on one event loop.
 *
 * @param origin publishes in order
 * @param reports permits for sends that wait for a report
 */
record Services(ApiContext node, Names names, Broker.Origin origin, Permits reports) {

    /** The most sends that wait for a report at a time, per event loop. */
    static final int MAX_REPORTS = 1000;

    static Services of(ApiContext node) {
        return new Services(node, node.config().limits().names(), node.broker().origin(), new Permits(MAX_REPORTS));
    }

    Config config() {
        return node.config();
    }

    Broker broker() {
        return node.broker();
    }

    ClientTokenHandlers tokens() {
        return node.tokens();
    }

    OutboundConnections outbound() {
        return node.outbound();
    }

    RevocationList revocations() {
        return node.revocations();
    }

    ConsumerAccess consumers() {
        return node.consumers();
    }

    /** The settings of a hub, whose name is in lower case. */
    HubSettings hub(String name) {
        return node.hubs().get().of(name);
    }

    Metrics metrics() {
        return node.metrics();
    }

    AlertSink alerts() {
        return node.alerts();
    }

    InstantSource clock() {
        return node.clock();
    }
}
