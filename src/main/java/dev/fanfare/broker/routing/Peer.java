package dev.fanfare.broker.routing;

/**
 * Another node, as this one sees it. Confined to the thread of the {@link RoutingTable}, except what publishers read:
 * {@link #mustReceive}, {@link #isSilent}, {@link #version()} and the send window. See {@code src/docs/decisions/0015-own-view.md}.
 */
public final class Peer {

    private static final long NO_MEMBER = Long.MAX_VALUE;

    private final String id;
    private final SubscriptionSet theirs;
    private final SendWindow sendWindow;

    /** Until when {@link #theirs} is known to be complete. */
    private volatile long validUntil = Long.MIN_VALUE;

    private long memberSince = NO_MEMBER;

    private volatile boolean silent;

    /** See {@link #version()}. */
    private volatile int version;

    /** When its last message arrived, not counting pauses of this process. Read by any thread. */
    volatile long lastHeardAt;

    /** Whether any message of it has arrived. */
    boolean everHeard;

    /** The version of our subscriptions that it has acknowledged; {@link SubscriptionSet#NOTHING} if unknown. */
    long acknowledgedVersion = SubscriptionSet.NOTHING;

    /** The version of our subscriptions that it was sent; {@link #awaitingAck} until it has acknowledged it. */
    long announcedVersion = SubscriptionSet.NOTHING;

    long announcedDigest;

    boolean awaitingAck;

    /** What has changed since that version. */
    final ChangedSlots changedSlots = new ChangedSlots();

    /** The marks of its publications: the last one received, and the last one acknowledged to it. */
    long receivedMark;

    long acknowledgedMark;

    /** Detects those that never arrived. */
    final ReceivedMarks marks = new ReceivedMarks();

    /** Whether all of its subscriptions were requested since the last tick and have not arrived. */
    boolean fullRequested;

    /**
     * @param version of the protocol to use until it has introduced itself
     * @param slots the number of slots
     */
    Peer(String id, int version, int slots, SendWindow sendWindow, long now) {
        this.id = id;
        this.version = version;
        this.theirs = new SubscriptionSet(slots, SubscriptionSet.NOTHING);
        this.sendWindow = sendWindow;
        this.lastHeardAt = now;
    }

    public String id() {
        return id;
    }

    /** The version of the protocol that both nodes speak. Any thread. */
    public int version() {
        return version;
    }

    void version(int agreed) {
        version = agreed;
    }

    public SubscriptionSet theirs() {
        return theirs;
    }

    public SendWindow sendWindow() {
        return sendWindow;
    }

    /**
     * Whether a publication to this slot must be sent to it: it subscribes, or its subscriptions are not known for
     * certain. Any thread.
     *
     * <p>The order of the two reads matters. The validity is written after the slots it covers, so a reader that sees
     * it also sees these slots or later ones. Reversed, an old set could be paired with the validity of the
     * next one.
     */
    public boolean mustReceive(int slot, long now) {
        return !isKnown(now) || theirs.contains(slot);
    }

    /** Whether its subscriptions are known. Any thread. */
    boolean isKnown(long now) {
        return now < validUntil;
    }

    void knownUntil(long time) {
        validUntil = Math.max(validUntil, time);
    }

    /** Only answers to heartbeats sent while it is a member make its subscriptions known. */
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

    /** Since when it has been a member without a break; {@link Long#MAX_VALUE} if it is not one. */
    long memberSince() {
        return memberSince;
    }

    /** Until when its subscriptions are, or were, known. Any thread. */
    long validUntil() {
        return validUntil;
    }

    /** Whether nothing arrived from it for {@link RoutingTable#SILENCE_MILLIS}. Any thread. */
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
