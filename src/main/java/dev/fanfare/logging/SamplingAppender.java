package dev.fanfare.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * An asynchronous appender that limits repeated lines, so that no client can fill the disk, or push other lines out of
 * the queue, by causing the same line again and again. For each cause the first lines of a period are written; the rest
 * are counted, and one line at the end of the period reports their number. At most {@value #MAX_CAUSES} causes are
 * tracked per period.
 *
 * <p>Lines have the same cause if logger, level, message pattern, type and origin of the exception, and the value of
 * the key {@code reason} are equal. So put what varies into arguments and key-value pairs.
 *
 * <p>Lines of the loggers that {@link #addUnsampled} names are not sampled.
 *
 * <p>DEBUG and TRACE are not sampled either, since they are enabled to see everything. They are discarded first when the queue
 * fills up: a fifth of it is reserved for the other levels. Thread-safe.
 */
public final class SamplingAppender extends AsyncAppender {

    /** Bounds the memory and the lines of a period when messages are not constant. */
    private static final int MAX_CAUSES = 256;

    private static final String REASON = "reason";

    private int lines = 10;
    private int periodSeconds = 10;
    private final Set<String> unsampled = new HashSet<>();
    private volatile Map<Cause, AtomicLong> period = new ConcurrentHashMap<>();
    private @Nullable ScheduledFuture<?> timer;

    /** What makes lines equal; without a message it stands for all further causes of a logger and level. */
    private record Cause(
            String logger,
            Level level,
            @Nullable String message,
            @Nullable String exception,
            @Nullable StackTraceElement origin,
            @Nullable String reason) {

        static Cause of(ILoggingEvent event) {
            IThrowableProxy thrown = event.getThrowableProxy();
            StackTraceElementProxy[] stack = thrown == null ? null : thrown.getStackTraceElementProxyArray();
            return new Cause(
                    event.getLoggerName(),
                    event.getLevel(),
                    event.getMessage(),
                    thrown == null ? null : thrown.getClassName(),
                    stack == null || stack.length == 0 ? null : stack[0].getStackTraceElement(),
                    reason(event.getKeyValuePairs()));
        }

        private static @Nullable String reason(@Nullable List<KeyValuePair> pairs) {
            for (KeyValuePair pair : pairs == null ? List.<KeyValuePair>of() : pairs) {
                if (pair.key.equals(REASON)) {
                    return String.valueOf(pair.value);
                }
            }
            return null;
        }

        Cause anyOfItsLogger() {
            return new Cause(logger, level, null, null, null, null);
        }
    }

    /** Sets how many lines of one cause are written in a period. */
    public void setLines(int lines) {
        this.lines = lines;
    }

    /** Sets the length of a period in seconds. */
    public void setPeriodSeconds(int periodSeconds) {
        this.periodSeconds = periodSeconds;
    }

    /** Exempts a logger, each of whose lines must be written. Called before the start. */
    public void addUnsampled(String logger) {
        unsampled.add(logger);
    }

    @Override
    public void start() {
        super.start();
        if (isStarted()) {
            timer = getContext()
                    .getScheduledExecutorService()
                    .scheduleAtFixedRate(this::endPeriod, periodSeconds, periodSeconds, TimeUnit.SECONDS);
        }
    }

    @Override
    public void stop() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
            endPeriod();
        }
        super.stop();
    }

    @Override
    protected boolean isDiscardable(ILoggingEvent event) {
        return !isSampled(event);
    }

    private static boolean isSampled(ILoggingEvent event) {
        return event.getLevel().isGreaterOrEqual(Level.INFO);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (QuietThreads.current()) {
            return;
        }
        if (!isSampled(event) || unsampled.contains(event.getLoggerName()) || count(Cause.of(event)) <= lines) {
            super.append(event);
        }
    }

    private long count(Cause cause) {
        Map<Cause, AtomicLong> counts = period;
        AtomicLong count = counts.get(cause);
        if (count == null) {
            Cause counted = counts.size() < MAX_CAUSES ? cause : cause.anyOfItsLogger();
            count = counts.computeIfAbsent(counted, each -> new AtomicLong());
        }
        return count.incrementAndGet();
    }

    /** Starts a new period and logs what the last one suppressed. */
    void endPeriod() {
        Map<Cause, AtomicLong> ended = period;
        period = new ConcurrentHashMap<>();
        ended.forEach((cause, count) -> {
            if (count.get() > lines) {
                super.append(summary(cause, count.get() - lines));
            }
        });
    }

    private ILoggingEvent summary(Cause cause, long suppressed) {
        LoggingEvent event = new LoggingEvent(
                SamplingAppender.class.getName(),
                ((LoggerContext) getContext()).getLogger(cause.logger),
                cause.level,
                "similar lines suppressed",
                null,
                null);
        event.addKeyValuePair(new KeyValuePair("suppressed", suppressed));
        if (cause.message != null) {
            event.addKeyValuePair(new KeyValuePair("message", cause.message));
        }
        if (cause.reason != null) {
            event.addKeyValuePair(new KeyValuePair(REASON, cause.reason));
        }
        return event;
    }
}
