package dev.fanfare.consumer;

/** A connection gets no seat. Without a stack trace: it is an outcome, not a bug. */
public final class SeatException extends Exception {

    private static final long serialVersionUID = 1L;

    private final SeatRefusal refusal;

    SeatException(SeatRefusal refusal) {
        super(refusal.text(), null, false, false);
        this.refusal = refusal;
    }

    public SeatRefusal refusal() {
        return refusal;
    }
}
