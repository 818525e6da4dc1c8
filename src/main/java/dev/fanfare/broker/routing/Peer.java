package dev.fanfare.broker.routing;

import java.util.HashMap;
import java.util.Map;

/**
 * Another node, as this one sees it. Belongs to the thread of the {@link RoutingTable} but for what publishers ask: whether it
 * wants something, and its ledger.
 */
public final class Peer {

    private static final long NO_MEMBER = Long.MAX_VALUE;

    private final String id;
    private final SubscriptionSet theirs = new SubscriptionSet(SubscriptionSet.NOTHING);
    private final SendWindow sendWindow;

    /** Until when {@link #theirs} is known to be complete. */
    private volatile long validUntil = Long.MIN_VALUE;

    private long memberSince = NO_MEMBER;

    private volatile boolean silent;

    /** When it last said something, in time that this node was awake. Read by any thread. */
    volatile long lastHeardAt;

    /** Whether it ever said something. */
    boolean everHeard;

    /** The version of ours that it has; {@link SubscriptionSet#NOTHING} if none is known. */
    long acknowledgedVersion = SubscriptionSet.NOTHING;

    /** Up to which version of ours it was told, and whether it has not answered yet. */
    long announcedVersion = SubscriptionSet.NOTHING;

    long announcedDigest;

    boolean awaitingAck;

    /** What has changed since, net. */
    final Map<String, Boolean> pendingChanges = new HashMap<>();

    /** The marks of its publications: the last one that arrived, and the last one we settled. */
    long receivedMark;

    long acknowledgedMark;

    /** Which of them never came. */
    final ReceivedMarks marks = new ReceivedMarks();

    /** Whether everything was asked for since the last tick and has not come yet. */
    boolean fullRequested;

    Peer(String id, SendWindow sendWindow, long now) {
        this.id = id;
        this.sendWindow = sendWindow;
        this.lastHeardAt = now;
    }

    public String id() {
        return id;
    }

    public SubscriptionSet theirs() {
        return theirs;
    }

    public SendWindow sendWindow() {
        return sendWindow;
    }

    /**
     * Whether a publication to this address must be sent there: if it listens, or if that is not known for certain right
     * now. Any thread.
     *
     * <p>The order of the two reads matters. The validity is written after the addresses it vouches for, so that who reads
     * it first sees these or later ones. Read the other way round, an old set may be taken for vouched for by a validity
     * that came with the next one.
     */
    public boolean mustReceive(String address, long now) {
        return !isKnown(now) || theirs.contains(address);
    }

    /** Whether what it listens to is known. Any thread. */
    boolean isKnown(long now) {
        return now < validUntil;
    }

    void knownUntil(long time) {
        validUntil = Math.max(validUntil, time);
    }

    /** Only answers to what was asked while it is a member vouch for what it listens to. */
    void member(boolean is, long now) {
        if (!is) {
            memberSince = NO_MEMBER;
            validUntil = Long.MIN_VALUE;
        } else if (memberSince == NO_MEMBER) {
            memberSince = now;
        }
    }

    boolean isMember() {
        return memberSince != NO_MEMBER;
    }

    /** Since when this node knows it as a member without a break; later than everything if it is none. */
    long memberSince() {
        return memberSince;
    }

    /** Until when what it listens to is, or was, known. Any thread. */
    long validUntil() {
        return validUntil;
    }

    /** Whether it said nothing for {@link RoutingTable#SILENCE_MILLIS}. Any thread. */
    public boolean isSilent() {
        return silent;
    }

    void silent(boolean now) {
        if (silent != now) {
            silent = now;
            sendWindow.silent(now);
        }
    }
}
