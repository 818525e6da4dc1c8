package dev.fanfare.socket;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports bugs: counts each fault, logs it once per distinct stack trace, for at most {@value #REMEMBERED} of them.
 * Thread-safe.
 */
public final class FaultReporter {

    private static final Logger LOG = LoggerFactory.getLogger(FaultReporter.class);
    private static final int REMEMBERED = 256;

    private final Set<Integer> logged = ConcurrentHashMap.newKeySet();
    private final Consumer<Throwable> counter;

    /**
     * Creates it.
     *
     * @param counter called with each fault, on the thread that reports it
     */
    public FaultReporter(Consumer<Throwable> counter) {
        this.counter = counter;
    }

    /** Counts a fault, and logs it if it is new. */
    public void report(Throwable fault) {
        counter.accept(fault);
        int stack = 31 * fault.getClass().hashCode() + Arrays.hashCode(fault.getStackTrace());
        if (logged.size() < REMEMBERED && logged.add(stack)) {
            LOG.error("Fault (logged once for this stack trace)", fault);
        }
    }
}
