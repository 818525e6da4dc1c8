package dev.fanfare.consumer;

import org.jspecify.annotations.Nullable;

/**
 * A seat of a connection of this node, and what has been seen of its record. Writes and the watch of the store report in any
 * order, so both say which version they are about. Two objects of one session, which has moved away and come back, have
 * different ones. Thread-safe.
 */
public final class OwnSeat {

    /** What follows from a report. */
    enum SeatState {
        /** The seat is still this connection's, or it is not decided yet. */
        HELD,
        /** The connection has another node now. */
        MOVED,
        /** The record does not have the connection. */
        LOST
    }

    private final SeatRequest request;
    private final ConsumerKey key;
    private long version;
    private long lostVersion;
    private long writtenMillis;
    private boolean uncertain;

    /** The last synchronisation that has reported the record; {@link Integer#MAX_VALUE} if none has to. */
    private int generation = Integer.MAX_VALUE;

    OwnSeat(SeatRequest request) {
        this.request = request;
        this.key = request.key();
    }

    SeatRequest request() {
        return request;
    }

    ConsumerKey key() {
        return key;
    }

    String connectionId() {
        return request.connectionId();
    }

    /** The record was written with this seat, at a time of the monotonic clock. */
    synchronized SeatState written(long writtenVersion, long nowMillis) {
        version = Math.max(version, writtenVersion);
        writtenMillis = nowMillis;
        return lostVersion > version ? SeatState.LOST : SeatState.HELD;
    }

    /** Begins anew, as if the record had never been written with this seat. */
    synchronized void restart() {
        version = 0;
        lostVersion = 0;
        uncertain = false;
        generation = Integer.MAX_VALUE;
    }

    /** The outcome of a write with this seat is not known. */
    synchronized void mayBeWritten() {
        uncertain = true;
    }

    /** Whether the record was written with this seat, or may have been. */
    synchronized boolean isPerhapsWritten() {
        return version > 0 || uncertain;
    }

    /** Whether the record should be written again, so that it does not expire while the connection lasts. */
    synchronized boolean isDue(long nowMillis) {
        return version > 0 && nowMillis - writtenMillis >= request.kept().toMillis() / 4;
    }

    /**
     * The watch reports the record.
     *
     * @param current null if it is not there
     */
    synchronized SeatState reported(@Nullable ConsumerRecord current, long reported, String self) {
        generation = Integer.MAX_VALUE;
        Seat seat = current == null ? null : current.seat(connectionId());
        if (seat != null) {
            return seat.nodeId().equals(self) || version == 0 || reported <= version ? SeatState.HELD : SeatState.MOVED;
        }
        lostVersion = Math.max(lostVersion, reported);
        // The version of an absent key is not smaller than any that it has had before.
        boolean later = current == null ? reported >= version : reported > version;
        return version > 0 && later ? SeatState.LOST : SeatState.HELD;
    }

    /** A synchronisation begins, which reports the record if it is there and this seat has been written before. */
    synchronized void awaits(int next) {
        generation = version > 0 ? next - 1 : Integer.MAX_VALUE;
    }

    /** Whether that synchronisation has not reported the record. */
    synchronized boolean isMissing(int inGeneration) {
        return generation < inGeneration;
    }
}
