package dev.fanfare.event;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConsumerRules;
import dev.fanfare.core.EventPattern;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where the events of a hub go. Immutable, thread-safe. */
final class HubEvents {

    private final List<Webhook> handlers;
    private final List<String> busSystemEvents;
    private final EventPattern busUserEvents;
    private final boolean consumers;

    /** @param consumers whether clients have to register */
    HubEvents(List<Webhook> handlers, Config.BusEvents bus, boolean consumers) {
        this.consumers = consumers;
        this.handlers = List.copyOf(handlers);
        this.busSystemEvents = bus.systemEvents();
        this.busUserEvents = Objects.requireNonNull(EventPattern.parse(bus.userEventPattern()));
    }

    List<Webhook> handlers() {
        return handlers;
    }

    /** The first handler for a system event. */
    @Nullable
    Webhook forSystem(String event) {
        return first(event, Webhook::acceptsSystem);
    }

    /** The first handler for a user event. */
    @Nullable
    Webhook forUser(String event) {
        return first(event, Webhook::acceptsUser);
    }

    /**
     * Whether this is the name of a system event at this hub only: elsewhere clients may use it. A handler may distinguish
     * events by their names.
     */
    boolean registers(String event) {
        return consumers && event.equalsIgnoreCase(ConsumerRules.REGISTER);
    }

    /** The longest timeout of its handlers. */
    long timeoutMillis() {
        return handlers.stream().mapToLong(Webhook::timeoutMillis).max().orElse(0);
    }

    boolean publishesSystem(String event) {
        return busSystemEvents.stream().anyMatch(event::equalsIgnoreCase);
    }

    boolean publishesUser(String event) {
        return busUserEvents.matches(event);
    }

    private interface Selection {
        boolean accepts(Webhook handler, String event);
    }

    private @Nullable Webhook first(String event, Selection selection) {
        for (Webhook handler : handlers) {
            if (selection.accepts(handler, event)) {
                return handler;
            }
        }
        return null;
    }
}
