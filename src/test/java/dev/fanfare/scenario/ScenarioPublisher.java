package dev.fanfare.scenario;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Publishes numbered messages to all groups in turn. What was not acknowledged when its socket ended it sends again; when
 * its session is gone the outcome of these is unknown, and it goes on behind them.
 */
final class ScenarioPublisher extends ScenarioClient {

    /** So many may wait for their acknowledgement. */
    private static final int WINDOW = 200;

    private final Surroundings surroundings;
    private final int number;
    private final int groups;
    private final int firstGroup;
    private final Map<Long, Sent> underway = new LinkedHashMap<>();
    private final List<Sent> accepted = new ArrayList<>();
    private int next;
    private int refused;
    private boolean publishing;

    /** @param at when it was first sent, of {@link System#nanoTime()} */
    record Sent(NumberedMessage numberedMessage, ScenarioPublisher by, long at) {}

    /** @param firstGroup where it begins, so that not all publish to one group at a time */
    ScenarioPublisher(Surroundings surroundings, String target, int number, int groups, int firstGroup) {
        super(surroundings, target);
        this.surroundings = surroundings;
        this.number = number;
        this.groups = groups;
        this.firstGroup = firstGroup;
    }

    void publishing(boolean now) {
        publishing = now;
    }

    /** Publishes one message, if it can. */
    void tick() {
        if (publishing && isOpen() && underway.size() < WINDOW) {
            Sent sent = new Sent(
                    new NumberedMessage(surroundings.run(), number + 1000 * anew(), next, (firstGroup + next) % groups),
                    this,
                    System.nanoTime());
            underway.put((long) ++next, sent);
            send(next, sent.numberedMessage());
        }
    }

    private void send(long ackId, NumberedMessage numberedMessage) {
        send(new JsonObject()
                .put("type", "sendToGroup")
                .put("group", Scenario.groupName(numberedMessage.group()))
                .put("ackId", ackId)
                .put("dataType", "text")
                .put("data", numberedMessage.text()));
    }

    @Override
    void message(String text) {}

    @Override
    void acknowledged(long ackId, boolean done) {
        Sent sent = underway.remove(ackId);
        if (sent != null && done) {
            accepted.add(sent);
        } else if (sent != null) {
            refused++;
        }
    }

    @Override
    void connected(boolean same) {
        if (same) {
            underway.forEach((ackId, sent) -> send(ackId, sent.numberedMessage()));
        } else {
            underway.clear();
        }
    }

    boolean isIdle() {
        return underway.isEmpty();
    }

    /** What the broker has accepted. */
    List<Sent> accepted() {
        return accepted;
    }

    int refused() {
        return refused;
    }
}
