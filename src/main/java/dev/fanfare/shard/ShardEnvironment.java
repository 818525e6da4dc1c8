package dev.fanfare.shard;

import dev.fanfare.auth.Authenticator;
import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.consumer.Seats;
import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.event.EventSink;
import dev.fanfare.limit.Limiter;
import dev.fanfare.ops.Metrics;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.socket.FaultReporter;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** The services and settings that all shards of a node share. */
public record ShardEnvironment(
        ShardSettings settings, ShardServices services, Reporting reporting, Sources sources, Counts counts) {

    /**
     * @param hubs settings per hub
     * @param codecs the codec of each subprotocol
     * @param reconnectionKeys secrets for {@link dev.fanfare.core.session.ReconnectionTokens}, equal on all nodes
     * @param shards the number of shards, among which the limits of the node are divided
     */
    public record ShardSettings(
            Config config, Hubs hubs, Function<Subprotocol, Codec> codecs, List<byte[]> reconnectionKeys, int shards) {

        /** The same with another configuration and its keys. */
        public ShardSettings with(Config changed, List<byte[]> keys) {
            return new ShardSettings(changed, new Hubs(changed), codecs, keys, shards);
        }

        @Override
        public String toString() {
            return "ShardSettings[shards=" + shards + "]"; // no keys
        }
    }

    /** What a node does besides. */
    public record ShardServices(
            Broker broker,
            Subscriptions subscriptions,
            Authenticator authenticator,
            RevocationIndex revocations,
            Seats seats,
            EventSink events) {}

    /**
     * @param faultReporter reports unexpected exceptions
     * @param alerts of which people are alerted
     */
    public record Reporting(Metrics metrics, FaultReporter faultReporter, AlertSink alerts) {}

    /**
     * @param clock the time of day, for what other processes or people read
     * @param monotonic for durations, deadlines and ages
     * @param random unpredictable; for connection ids
     */
    public record Sources(InstantSource clock, MonotonicClock monotonic, RandomGenerator random) {}

    /** What is counted over all shards. */
    public record Counts(Admission admission, Limiter limiter, GroupCensus groups) {}

    public Config config() {
        return settings.config();
    }

    public Hubs hubs() {
        return settings.hubs();
    }

    public Function<Subprotocol, Codec> codecs() {
        return settings.codecs();
    }

    public List<byte[]> reconnectionKeys() {
        return settings.reconnectionKeys();
    }

    public int shards() {
        return settings.shards();
    }

    public Broker broker() {
        return services.broker();
    }

    public Subscriptions subscriptions() {
        return services.subscriptions();
    }

    public Authenticator authenticator() {
        return services.authenticator();
    }

    public RevocationIndex revocations() {
        return services.revocations();
    }

    public Seats seats() {
        return services.seats();
    }

    public EventSink events() {
        return services.events();
    }

    public Metrics metrics() {
        return reporting.metrics();
    }

    public AlertSink alerts() {
        return reporting.alerts();
    }

    public FaultReporter faultReporter() {
        return reporting.faultReporter();
    }

    public InstantSource clock() {
        return sources.clock();
    }

    public MonotonicClock monotonic() {
        return sources.monotonic();
    }

    public RandomGenerator random() {
        return sources.random();
    }

    public Admission admission() {
        return counts.admission();
    }

    public Limiter limiter() {
        return counts.limiter();
    }

    public GroupCensus groups() {
        return counts.groups();
    }

    @Override
    public String toString() {
        return "ShardEnvironment";
    }
}
