package dev.fanfare.socket;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where faults of ours end up: counted each time, logged once for each distinct stack trace. Thread-safe. */
public final class FaultReporter {

    private static final Logger LOG = LoggerFactory.getLogger(FaultReporter.class);
    private static final int REMEMBERED = 256;

    private final Set<Integer> logged = ConcurrentHashMap.newKeySet();
    private final Runnable counter;

    /**
     * Creates it.
     *
     * @param counter called once for each fault, on whatever thread it happened
     */
    public FaultReporter(Runnable counter) {
        this.counter = counter;
    }

    /** Takes note of a fault. */
    public void report(Throwable fault) {
        counter.run();
        int stack = 31 * fault.getClass().hashCode() + Arrays.hashCode(fault.getStackTrace());
        if (logged.size() < REMEMBERED && logged.add(stack)) {
            LOG.error("Fault (logged once for this stack trace)", fault);
        }
    }
}
