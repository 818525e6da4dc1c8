package dev.fanfare.scenario;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Receives what is published to its group, and keeps account. */
final class ScenarioMember extends ScenarioClient {

    private final int run;
    private final int group;
    private final Map<Integer, BitSet> received = new HashMap<>();
    private int deliveries;
    private int doubled;
    private int disordered;
    private long lastAt;
    private boolean watched;
    private long silence;

    ScenarioMember(Surroundings surroundings, String target, int group) {
        super(surroundings, target);
        this.run = surroundings.run();
        this.group = group;
    }

    int group() {
        return group;
    }

    @Override
    void message(String text) {
        NumberedMessage numberedMessage = NumberedMessage.parse(text);
        if (numberedMessage.run() != run) {
            disordered++; // of publishers that have long ended
            return;
        }
        BitSet of = received.computeIfAbsent(numberedMessage.publisher(), publisher -> new BitSet());
        if (of.get(numberedMessage.number())) {
            doubled++;
        } else {
            disordered += of.length() > numberedMessage.number() ? 1 : 0;
            deliveries++;
        }
        of.set(numberedMessage.number());
        arrived(System.nanoTime());
    }

    private void arrived(long now) {
        if (watched) {
            silence = Math.max(silence, now - lastAt);
        }
        lastAt = now;
    }

    /** Whether it counts from now on when nothing comes. */
    void watch(boolean now) {
        arrived(System.nanoTime());
        watched = now;
    }

    @Override
    void acknowledged(long ackId, boolean done) {}

    @Override
    void connected(boolean same) {}

    boolean has(NumberedMessage numberedMessage) {
        return received.getOrDefault(numberedMessage.publisher(), new BitSet()).get(numberedMessage.number());
    }

    int deliveries() {
        return deliveries;
    }

    /** How many messages came again. */
    int doubled() {
        return doubled;
    }

    /** How many messages came after a later one of the same publisher. */
    int disordered() {
        return disordered;
    }

    /** The longest time without a message while it was watched, in nanoseconds. */
    long silence() {
        return silence;
    }
}
