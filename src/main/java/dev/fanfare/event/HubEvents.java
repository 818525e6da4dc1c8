package dev.fanfare.event;

import dev.fanfare.config.Config;
import dev.fanfare.core.EventPattern;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who is told of the events of a hub. Immutable, for all threads. */
final class HubEvents {

    private final List<Webhook> handlers;
    private final List<String> busSystemEvents;
    private final EventPattern busUserEvents;

    HubEvents(List<Webhook> handlers, Config.BusEvents bus) {
        this.handlers = List.copyOf(handlers);
        this.busSystemEvents = bus.systemEvents();
        this.busUserEvents = Objects.requireNonNull(EventPattern.parse(bus.userEventPattern()));
    }

    /** The first handler that wants a system event. */
    @Nullable
    Webhook forSystem(String event) {
        return first(event, Webhook::wantsSystem);
    }

    /** The first handler that wants a user event. */
    @Nullable
    Webhook forUser(String event) {
        return first(event, Webhook::wantsUser);
    }

    /** The longest that one of the handlers may take. */
    long patienceMillis() {
        return handlers.stream().mapToLong(Webhook::patienceMillis).max().orElse(0);
    }

    boolean toldOfSystem(String event) {
        return busSystemEvents.stream().anyMatch(event::equalsIgnoreCase);
    }

    boolean toldOfUser(String event) {
        return busUserEvents.matches(event);
    }

    private interface Wish {
        boolean wants(Webhook handler, String event);
    }

    private @Nullable Webhook first(String event, Wish wish) {
        for (Webhook handler : handlers) {
            if (wish.wants(handler, event)) {
                return handler;
            }
        }
        return null;
    }
}
