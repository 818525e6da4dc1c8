package dev.fanfare.alert;

import dev.fanfare.config.Config;
import dev.fanfare.core.Backoff;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertGroups;
import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The alerts of a node: counts what is raised on any thread, groups it by cause, and sends a few notices an hour for each
 * cause by all channels. What it holds is bounded: one group for each cause, {@value AlertDelivery#QUEUE} notices for each
 * channel.
 */
public final class Alerts extends VerticleBase implements AlertSink {

    /** From a first occurrence to its notice: what a burst consists of is in it. */
    static final long GATHER_MILLIS = 2000;

    private static final long TICK_MILLIS = 1000;
    private static final int TICKS_PER_CHECK = 5;
    private static final long FIRST_RETRY_MILLIS = 5000;
    private static final long LAST_RETRY_MILLIS = TimeUnit.MINUTES.toMillis(5);

    private final AlertSource source;
    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final AlertGroups groups;
    private volatile Config.AlertSettings settings;
    private volatile Set<AlertCause> enabled;
    private volatile List<AlertCondition> conditions = List.of();
    private List<AlertDelivery> deliveries = List.of();
    private long ticks;

    /** @param nanoTime a monotonic clock */
    public Alerts(
            Config.AlertSettings settings,
            AlertSource source,
            Metrics metrics,
            LongSupplier nanoTime,
            InstantSource clock) {
        this.settings = settings;
        this.source = source;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.clock = clock;
        this.enabled = settings.alerting();
        this.groups = new AlertGroups(GATHER_MILLIS, intervalMillis(settings), UUID::randomUUID);
    }

    private static long intervalMillis(Config.AlertSettings settings) {
        return TimeUnit.HOURS.toMillis(1) / settings.perHour();
    }

    /** Reads the files of the channels. Fails if one cannot be read. */
    @Override
    public Future<?> start() {
        Config.AlertSettings first = settings;
        return vertx.executeBlocking(() -> AlertChannels.of(vertx, first, source), false)
                .onSuccess(channels -> {
                    replace(first, channels);
                    vertx.setPeriodic(TICK_MILLIS, timer -> tick());
                });
    }

    /** What waits is given up. */
    @Override
    public Future<?> stop() {
        deliveries.forEach(AlertDelivery::stop);
        return Future.succeededFuture();
    }

    /** The settings in use. Any thread. */
    public Config.AlertSettings settings() {
        return settings;
    }

    /**
     * Prepares for other settings: reads the files of their channels. Blocks. Any thread, once deployed.
     *
     * @return takes them; channels that are the same go on, notices that wait for others are then sent by their
     *     successors. Does not block
     * @throws IllegalArgumentException if a file cannot be read or does not hold what it should
     */
    public Runnable prepare(Config.AlertSettings next) {
        AlertChannels channels = AlertChannels.of(vertx, next, source);
        return () -> context.runOnContext(v -> replace(next, channels));
    }

    private void replace(Config.AlertSettings next, AlertChannels channels) {
        deliveries = successors(channels.all());
        settings = next;
        enabled = next.alerting();
        lock.lock();
        try {
            groups.interval(intervalMillis(next));
        } finally {
            lock.unlock();
        }
    }

    /**
     * What has not changed stays as it is. Else what waits goes to the channel with the same target. If there is none, it
     * goes to those that are new.
     */
    private List<AlertDelivery> successors(List<AlertChannel> channels) {
        List<AlertDelivery> before = new ArrayList<>(deliveries);
        List<AlertDelivery> after = new ArrayList<>();
        List<AlertDelivery> unrelated = new ArrayList<>();
        for (AlertChannel channel : channels) {
            AlertDelivery same = removed(before, channel, AlertChannel::content);
            after.add(same != null ? same : delivery(channel));
        }
        for (AlertDelivery delivery : after) {
            if (deliveries.contains(delivery)) {
                continue;
            }
            AlertDelivery predecessor = removed(before, delivery.channel(), AlertChannel::target);
            if (predecessor != null) {
                predecessor.handOver(List.of(delivery));
            } else {
                unrelated.add(delivery);
            }
        }
        before.forEach(delivery -> delivery.handOver(unrelated));
        return List.copyOf(after);
    }

    /** Removes and returns the first of a channel that is equal to another one in a property. */
    private static @Nullable AlertDelivery removed(
            List<AlertDelivery> candidates, AlertChannel channel, Function<AlertChannel, Object> property) {
        Object wanted = property.apply(channel);
        for (AlertDelivery candidate : candidates) {
            if (property.apply(candidate.channel()).equals(wanted)) {
                candidates.remove(candidate);
                return candidate;
            }
        }
        return null;
    }

    private AlertDelivery delivery(AlertChannel channel) {
        Backoff backoff =
                new Backoff(FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS, Backoff.Jitter.EQUAL, new SplittableRandom());
        return new AlertDelivery(
                context, channel, backoff, nanoTime, outcome -> metrics.alertDelivery(channel.medium(), outcome));
    }

    /** Looks at these conditions from now on. Any thread. */
    public void watch(List<AlertCondition> watched) {
        conditions = List.copyOf(watched);
    }

    @Override
    public void raise(AlertCause cause, String example) {
        raise(cause, example, 1);
    }

    private void raise(AlertCause cause, String example, long times) {
        metrics.alertRaised(cause, times);
        if (!enabled.contains(cause)) {
            return;
        }
        lock.lock();
        try {
            groups.add(cause, example, times, nowMillis(), clock.instant());
        } finally {
            lock.unlock();
        }
    }

    private void tick() {
        long now = nowMillis();
        due(now).forEach(this::submit);
        if (ticks++ % TICKS_PER_CHECK == 0) {
            for (AlertCondition condition : conditions) {
                AlertCondition.@Nullable Occurrence found = condition.check(now);
                if (found != null) {
                    raise(condition.cause(), found.example(), found.times());
                }
            }
        }
    }

    private void submit(AlertNotice notice) {
        deliveries.forEach(delivery -> delivery.submit(notice));
    }

    private List<AlertNotice> due(long now) {
        lock.lock();
        try {
            return groups.due(now);
        } finally {
            lock.unlock();
        }
    }

    private long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
    }
}
