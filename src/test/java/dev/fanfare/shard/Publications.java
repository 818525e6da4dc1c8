package dev.fanfare.shard;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import java.util.Map;

/** Publications for tests. */
public final class Publications {

    private Publications() {}

    static Delivery to(Selector target, long origin, long sequence) {
        return new Delivery(new Publication(target, text("m"), origin, sequence));
    }

    public static Delivery to(String group, long origin, long sequence) {
        return to(Selector.group("hub", group), origin, sequence);
    }

    static Message text(String text) {
        return Message.fromServer(Payload.text(text), Map.of(), Message.NEVER);
    }
}
