package dev.fanfare.logging;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Threads of this process whose lines {@link SamplingAppender} leaves out, since they serve no client. Thread-safe. */
public final class QuietThreads {

    private static final Set<Thread> THREADS = ConcurrentHashMap.newKeySet();

    private QuietThreads() {}

    /** Leaves out all lines of the calling thread, until {@link #clear}. */
    public static void addCurrent() {
        THREADS.add(Thread.currentThread());
    }

    /** Forgets all threads. */
    public static void clear() {
        THREADS.clear();
    }

    static boolean current() {
        return !THREADS.isEmpty() && THREADS.contains(Thread.currentThread());
    }
}
