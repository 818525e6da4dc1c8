package dev.fanfare.bench;

/**
 * The progress of a run.
 *
 * @param opened connections that were opened, in all
 * @param failed connections that could not be opened
 * @param closedEarly connections that ended before their time
 * @param published messages, in all
 * @param received messages, in all members together
 */
public record Snapshot(long opened, long failed, long closedEarly, long published, long received) {

    static final Snapshot NONE = new Snapshot(0, 0, 0, 0, 0);

    Snapshot plus(Snapshot other) {
        return new Snapshot(
                opened + other.opened,
                failed + other.failed,
                closedEarly + other.closedEarly,
                published + other.published,
                received + other.received);
    }
}
