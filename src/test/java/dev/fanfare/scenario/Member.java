package dev.fanfare.scenario;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Receives what is published to its group, and keeps account. */
final class Member extends Client {

    private final int run;
    private final int group;
    private final Map<Integer, BitSet> received = new HashMap<>();
    private int deliveries;
    private int doubled;
    private int disordered;
    private long lastAt;
    private boolean watched;
    private long silence;

    Member(Surroundings surroundings, String target, int group) {
        super(surroundings, target);
        this.run = surroundings.run();
        this.group = group;
    }

    int group() {
        return group;
    }

    @Override
    void message(String text) {
        Message message = Message.parse(text);
        if (message.run() != run) {
            disordered++; // of publishers that have long ended
            return;
        }
        BitSet of = received.computeIfAbsent(message.publisher(), publisher -> new BitSet());
        if (of.get(message.number())) {
            doubled++;
        } else {
            disordered += of.length() > message.number() ? 1 : 0;
            deliveries++;
        }
        of.set(message.number());
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

    boolean has(Message message) {
        return received.getOrDefault(message.publisher(), new BitSet()).get(message.number());
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
