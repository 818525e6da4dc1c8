package dev.fanfare.config;

import dev.fanfare.core.GroupPattern;
import dev.fanfare.core.SlowConsumerPolicy;
import java.util.List;
import java.util.Objects;

/** The settings for the connections of one hub. Immutable, thread-safe. */
public final class HubSettings {

    private final Config.Compression compression;
    private final SlowConsumerPolicy policy;
    private final List<Rule> rules;
    private final List<Config.EventHandler> eventHandlers;
    private final Config.BusEvents busEvents;
    private final Config.SharedLimits limits;

    HubSettings(Config.Hub hub) {
        compression = hub.compression();
        policy = hub.slowConsumerPolicy();
        rules = hub.groups().stream().map(Rule::of).toList();
        eventHandlers = hub.eventHandlers();
        busEvents = hub.busEvents();
        limits = hub.limits();
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

    private record Rule(GroupPattern pattern, SlowConsumerPolicy policy) {
        static Rule of(Config.HubGroup group) {
            return new Rule(
                    Objects.requireNonNull(GroupPattern.parse(group.pattern()), group::pattern),
                    Objects.requireNonNull(group.slowConsumerPolicy(), group::pattern));
        }
    }
}
