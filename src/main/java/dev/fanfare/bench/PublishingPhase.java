package dev.fanfare.bench;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Publishes by the schedule. Used on one event loop. */
final class PublishingPhase {

    private final LoopTimer timer;
    private final Plan plan;
    private final Window window;
    private final Schedule schedule;
    private final List<LoadPublisher> publishers;
    private final Tally tally;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private boolean armed;
    private boolean held;
    private long released;

    /** @param publishers of this driver, in order */
    PublishingPhase(
            LoopTimer timer, Plan plan, Window window, Schedule schedule, List<LoadPublisher> publishers, Tally tally) {
        this.timer = timer;
        this.plan = plan;
        this.window = window;
        this.schedule = schedule;
        this.publishers = publishers;
        this.tally = tally;
    }

    /** Completes when everything is written. */
    CompletableFuture<Void> done() {
        return done;
    }

    /** Publishes what is due, and schedules itself for the rest. */
    void run() {
        while (!schedule.done()) {
            long now = window.now();
            if (schedule.due() > now) {
                comeBackIn(schedule.due() - now);
                return;
            }
            LoadPublisher loadPublisher = publishers.get(plan.load().publisherOf(schedule.stream()) / plan.threads());
            if (loadPublisher.ready() && !loadPublisher.writable()) {
                hold();
                return;
            }
            release(now);
            if (loadPublisher.ready()) {
                publish(loadPublisher, now);
            }
            schedule.advance();
        }
        done.complete(null);
    }

    /** The server does not read. Publishing resumes when it does, or when the publisher's connection ends. */
    private void hold() {
        if (!held) {
            held = true;
            tally.heldBack++;
        }
    }

    private void release(long now) {
        if (held) {
            held = false;
            released = now;
        }
    }

    private void publish(LoadPublisher loadPublisher, long now) {
        long due = schedule.due();
        int burst = plan.load().burst();
        loadPublisher.publish(schedule.stream(), burst, due);
        tally.published += burst;
        if (window.measures(due)) {
            tally.publishedMeasured += burst;
            Tally.record(tally.lateness, now - Math.max(due, released));
        }
    }

    private void comeBackIn(long nanos) {
        if (!armed) {
            armed = true;
            timer.after(nanos, TimeUnit.NANOSECONDS, () -> {
                armed = false;
                run();
            });
        }
    }
}
