package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * A connection that receives. It reads as little of a message as possible: the marker, which is where it was in the
 * previous message, and with a reliable subprotocol the sequence id, which is last.
 */
final class LoadMember extends LoadConnection {

    /** The group number of a member without a group. */
    static final int NO_GROUP = -1;

    private static final int JOIN = 1;
    private static final byte[] SEQUENCE_ID = "\"sequenceId\":".getBytes(StandardCharsets.US_ASCII);

    private final int number;
    private final int group;
    private final Arrivals arrivals;
    private int markerOffset;
    private long sequenceId;
    private long acknowledged;

    /**
     * @param group its number, or {@link #NO_GROUP}
     * @param begun when it was to be opened, as of {@link System#nanoTime()}
     */
    LoadMember(Driver driver, int number, int group, long begun) {
        super(
                driver,
                driver.plan().endpoints().memberUrl(number, driver.plan().load().groups()),
                begun);
        this.number = number;
        this.group = group;
        this.arrivals = new Arrivals(group < 0 ? 0 : driver.plan().load().streamsOf(group));
    }

    int group() {
        return group;
    }

    Arrivals arrivals() {
        return arrivals;
    }

    private String groupName() {
        return group < 0 ? "" : driver().plan().load().groupName(group);
    }

    @Override
    byte[] request() {
        Plan.Endpoints endpoints = driver().plan().endpoints();
        return LoadHandshake.request(
                url(), "", endpoints.tokens().member(number, groupName()), endpoints.loadSubprotocol());
    }

    /** A raw member joins by its token; others wait for the server's greeting. */
    @Override
    void opened() {
        if (!driver().plan().endpoints().loadSubprotocol().json()) {
            becomeReady();
        }
    }

    @Override
    void message(ByteBuf bytes, int start, int length) throws ProtocolException {
        int end = start + length;
        Marker marker = driver().marker();
        int at = start + markerOffset;
        if (!marker.at(bytes, at, end)) {
            at = marker.find(bytes, start, end);
            if (at < 0) {
                other(bytes, start, length);
                return;
            }
            markerOffset = at - start;
        }
        delivered(bytes, at);
        if (driver().reliable()) {
            sequenceId = Math.max(sequenceId, lastNumber(bytes, end));
        }
    }

    private void delivered(ByteBuf bytes, int marker) throws ProtocolException {
        int stream = Marker.stream(bytes, marker);
        Plan.Load load = driver().plan().load();
        if (group < 0 || stream < 0 || stream >= load.streams() || load.groupOf(stream) != group) {
            throw new ProtocolException("a message came to a member of another group");
        }
        if (arrivals.add(stream / load.groups(), Marker.sequence(bytes, marker))) {
            driver().delivered(Marker.time(bytes, marker));
        }
    }

    /** A message that is not of this run: greetings, acks, and what others publish. */
    private void other(ByteBuf bytes, int start, int length) throws ProtocolException {
        if (ready() || !driver().plan().endpoints().loadSubprotocol().json()) {
            driver().foreign();
            return;
        }
        String text = text(bytes, start, length);
        if (text.startsWith("{\"type\":\"system\",\"event\":\"connected\"")) {
            greeted();
        } else if (text.startsWith("{\"type\":\"ack\",\"ackId\":" + JOIN + ",")) {
            joined(text);
        } else {
            driver().foreign();
        }
    }

    private void greeted() {
        if (group < 0) {
            becomeReady();
        } else {
            send("{\"type\":\"joinGroup\",\"group\":" + Json.quoted(groupName()) + ",\"ackId\":" + JOIN + "}");
        }
    }

    private void joined(String ack) throws ProtocolException {
        if (!ack.contains("\"success\":true")) {
            throw new ProtocolException("the group cannot be joined: " + ack);
        }
        becomeReady();
    }

    /** The number before the last brace if it is the sequence id, otherwise 0. */
    private static long lastNumber(ByteBuf bytes, int end) {
        long number = 0;
        long weight = 1;
        int at = end - 2;
        for (int digit = bytes.getByte(at) - '0'; digit >= 0 && digit <= 9; digit = bytes.getByte(at) - '0') {
            number += digit * weight;
            weight *= 10;
            at--;
        }
        for (int i = 0; i < SEQUENCE_ID.length; i++) {
            if (bytes.getByte(at - i) != SEQUENCE_ID[SEQUENCE_ID.length - 1 - i]) {
                return 0;
            }
        }
        return number;
    }

    /** Acknowledges to a reliable server what has arrived since the last time, if anything has. */
    void acknowledge() {
        if (sequenceId > acknowledged && ready()) {
            acknowledged = sequenceId;
            send("{\"type\":\"sequenceAck\",\"sequenceId\":" + sequenceId + "}");
        }
    }
}
