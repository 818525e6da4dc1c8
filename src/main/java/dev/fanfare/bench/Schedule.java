package dev.fanfare.bench;

/**
 * When which burst is due, for one driver of several. It is independent of how late the driver is: an overdue burst is
 * still sent with the time at which it was due, so that waiting counts as latency (no coordinated omission).
 * Single-threaded.
 */
final class Schedule {

    private final Plan.Load load;
    private final int driver;
    private final int drivers;
    private final long end;
    private long burst = -1;

    /**
     * @param driver whose publishers these are: publisher p belongs to driver p mod drivers
     * @param end in nanoseconds since the beginning; nothing is due after that
     */
    Schedule(Plan.Load load, int driver, int drivers, long end) {
        this.load = load;
        this.driver = driver;
        this.drivers = drivers;
        this.end = end;
        advance();
    }

    /** When the next burst is due, in nanoseconds since the beginning. */
    long due() {
        return (long) (burst * load.interval());
    }

    boolean done() {
        return driver >= Math.min(drivers, load.publishers()) || due() >= end;
    }

    int stream() {
        return (int) (burst % load.streams());
    }

    void advance() {
        burst++;
        int skipped = 0;
        while (load.publisherOf(stream()) % drivers != driver && skipped++ < load.streams()) {
            burst++;
        }
    }
}
