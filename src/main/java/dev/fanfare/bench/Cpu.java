package dev.fanfare.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.stream.IntStream;

/** Measures how busy the drivers' threads are, starting from its creation. */
final class Cpu {

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final List<Driver> drivers;
    private final long begun = System.nanoTime();
    private final List<Long> before;

    Cpu(List<Driver> drivers) {
        this.drivers = drivers;
        this.before = times();
    }

    /** For each driver, the share of the time since then in which its thread was running: 0 to 1. */
    List<Double> shares() {
        double elapsed = System.nanoTime() - begun;
        List<Long> after = times();
        return IntStream.range(0, after.size())
                .mapToObj(i -> (after.get(i) - before.get(i)) / elapsed)
                .toList();
    }

    private List<Long> times() {
        return drivers.stream().map(this::time).toList();
    }

    private long time(Driver driver) {
        Thread thread = driver.thread();
        return thread == null ? 0 : threads.getThreadCpuTime(thread.getId());
    }
}
