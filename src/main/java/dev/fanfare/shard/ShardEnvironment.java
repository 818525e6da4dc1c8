package dev.fanfare.shard;

import dev.fanfare.auth.Authenticator;
import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.event.EventSink;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.FaultReporter;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The services and settings that all shards of a node share.
 *
 * @param hubs settings per hub
 * @param faultReporter reports unexpected exceptions
 * @param codecs the codec of each subprotocol
 * @param clock the time of day, for what other processes or people read
 * @param monotonic for durations, deadlines and ages
 * @param random unpredictable; for connection ids
 * @param shards the number of shards, among which the limits of the node are divided
 * @param reconnectionKeys secrets for {@link dev.fanfare.core.session.ReconnectionTokens}, equal on all nodes
 */
public record ShardEnvironment(
        Config config,
        Hubs hubs,
        Broker broker,
        Subscriptions subscriptions,
        Authenticator authenticator,
        EventSink events,
        Metrics metrics,
        FaultReporter faultReporter,
        Function<Subprotocol, Codec> codecs,
        InstantSource clock,
        MonotonicClock monotonic,
        RandomGenerator random,
        int shards,
        List<byte[]> reconnectionKeys,
        Admission admission,
        GroupCensus groups) {

    @Override
    public String toString() {
        return "Environment";
    }
}
