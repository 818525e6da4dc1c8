package dev.fanfare.config;

import dev.fanfare.core.GroupPattern;
import dev.fanfare.core.SlowConsumerPolicy;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The settings for the connections of one hub. Immutable, thread-safe. */
public final class HubSettings {

    private final Config.Compression compression;
    private final SlowConsumerPolicy policy;
    private final List<Rule> rules;
    private final List<Config.EventHandler> eventHandlers;
    private final Config.BusEvents busEvents;
    private final Config.SharedLimits limits;
    private final int connectionsPerUser;
    private final Config.ConsumerSettings consumers;
    private final List<Network> publishers;

    HubSettings(Config.Hub hub) {
        compression = hub.compression();
        policy = hub.slowConsumerPolicy();
        rules = hub.groups().stream().map(Rule::of).toList();
        eventHandlers = hub.eventHandlers();
        busEvents = hub.busEvents();
        limits = hub.limits();
        connectionsPerUser = hub.connectionsPerUser();
        consumers = hub.consumers();
        publishers = hub.publishers().allow().stream()
                .map(text -> Objects.requireNonNull(Network.parse(text), text))
                .toList();
    }

    /** Whether and how messages are compressed. */
    public Config.Compression compression() {
        return compression;
    }

    /** The policy for messages to users, to the whole hub and to single connections. */
    public SlowConsumerPolicy slowConsumerPolicy() {
        return policy;
    }

    /**
     * The policy for messages to a group. Costs nothing if no group has a policy of its own, otherwise the matching of
     * the patterns: call it once per message, not per member.
     */
    public SlowConsumerPolicy slowConsumerPolicy(String group) {
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).pattern.matches(group)) {
                return rules.get(i).policy;
            }
        }
        return policy;
    }

    /** The handlers that are sent events by HTTP: the first that accepts one gets it. */
    public List<Config.EventHandler> eventHandlers() {
        return eventHandlers;
    }

    /** The events that are published on the event bus. */
    public Config.BusEvents busEvents() {
        return busEvents;
    }

    /** What all its connections share. */
    public Config.SharedLimits limits() {
        return limits;
    }

    /** How many connections a user may have in the cluster; 0 = any number. */
    public int connectionsPerUser() {
        return connectionsPerUser;
    }

    /** Whether clients have to register, and the rules for them. */
    public Config.ConsumerSettings consumers() {
        return consumers;
    }

    /**
     * Whether messages from an address may be published.
     *
     * @param address its 4 or 16 bytes; null if it is not known
     */
    public boolean mayPublish(byte @Nullable [] address) {
        if (publishers.isEmpty()) {
            return true;
        }
        for (int i = 0; address != null && i < publishers.size(); i++) {
            if (publishers.get(i).contains(address)) {
                return true;
            }
        }
        return false;
    }

    private record Rule(GroupPattern pattern, SlowConsumerPolicy policy) {
        static Rule of(Config.HubGroup group) {
            return new Rule(
                    Objects.requireNonNull(GroupPattern.parse(group.pattern()), group::pattern),
                    Objects.requireNonNull(group.slowConsumerPolicy(), group::pattern));
        }
    }
}
