package dev.fanfare.alert;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.core.Backoff;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.ops.Metrics;
import dev.fanfare.ops.Metrics.AlertOutcome;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The queue of a channel. The channel is a fake one; the clock is the test's. */
class AlertDeliveryTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final List<Long> sent = Collections.synchronizedList(new ArrayList<>());
    private final Map<AlertOutcome, Integer> outcomes = Collections.synchronizedMap(new EnumMap<>(AlertOutcome.class));
    private final Queue<String> threads = new ConcurrentLinkedQueue<>();
    private final AtomicLong nanos = new AtomicLong();
    private volatile Function<AlertNotice, Future<List<String>>> behaviour =
            notice -> Future.succeededFuture(List.of());

    private final AlertDelivery delivery = delivery();

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private AlertDelivery delivery() {
        return new AlertDelivery(
                context,
                new ChosenChannel(),
                new Backoff(1, 2, Backoff.Jitter.EQUAL, new SplittableRandom(1)),
                nanos::get,
                this::count);
    }

    private void count(AlertOutcome outcome) {
        threads.add(Thread.currentThread().getName());
        outcomes.merge(outcome, 1, Integer::sum);
    }

    private final class ChosenChannel implements AlertChannel {

        @Override
        public String name() {
            return "chosen";
        }

        @Override
        public Object target() {
            return this;
        }

        @Override
        public Object content() {
            return this;
        }

        @Override
        public Metrics.AlertMedium medium() {
            return Metrics.AlertMedium.MAIL;
        }

        @Override
        public Future<List<String>> send(AlertNotice notice) {
            threads.add(Thread.currentThread().getName());
            sent.add(notice.count());
            return behaviour.apply(notice);
        }
    }

    private static AlertNotice notice(long count) {
        return new AlertNotice(
                new UUID(0, count), AlertCause.INTERNAL_ERROR, count, Instant.EPOCH, Instant.EPOCH, List.of());
    }

    private void onLoop(Runnable task) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            task.run();
            done.complete();
        });
        done.future().await();
    }

    private void submit(int from, int to) {
        onLoop(() -> {
            for (int i = from; i <= to; i++) {
                delivery.submit(notice(i));
            }
        });
    }

    @Test
    void noticesAreSentOneAtATimeAndInOrder() {
        Promise<List<String>> answer = Promise.promise();
        behaviour = notice -> answer.future();
        submit(1, 3);
        assertEquals(List.of(1L), sent);

        context.runOnContext(v -> answer.complete(List.of()));
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.SENT, 3), outcomes));
        assertEquals(List.of(1L, 2L, 3L), sent);
    }

    @Test
    void whatFailsIsRepeatedUntilItSucceeds() {
        behaviour = notice -> sent.size() < 4 ? Future.failedFuture("down") : Future.succeededFuture(List.of());
        submit(1, 2);
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.RETRIED, 3, AlertOutcome.SENT, 2), outcomes));
        assertEquals(List.of(1L, 1L, 1L, 1L, 2L), sent);
    }

    @Test
    void whatFailsForAnHourIsGivenUp() {
        behaviour = notice -> {
            nanos.addAndGet(TimeUnit.MINUTES.toNanos(25));
            return Future.failedFuture("down");
        };
        submit(1, 1);
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.RETRIED, 2, AlertOutcome.FAILED, 1), outcomes));
    }

    @Test
    void theOldestIsDroppedWhenTooManyWait() {
        Promise<List<String>> answer = Promise.promise();
        behaviour = notice -> answer.future();
        submit(1, AlertDelivery.QUEUE + 11); // the first is being sent
        assertEquals(Map.of(AlertOutcome.DROPPED, 10), outcomes);

        context.runOnContext(v -> answer.complete(List.of()));
        await().untilAsserted(() -> assertEquals(AlertDelivery.QUEUE + 1, outcomes.get(AlertOutcome.SENT)));
        assertEquals(1L, sent.get(0));
        assertEquals(12L, sent.get(1));
    }

    @Test
    void aChannelThatThrowsIsAChannelThatFails() {
        behaviour = notice -> {
            if (sent.size() == 1) {
                throw new IllegalStateException("a bug");
            }
            return Future.succeededFuture(List.of());
        };
        submit(1, 1);
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.RETRIED, 1, AlertOutcome.SENT, 1), outcomes));
    }

    @Test
    void aChannelMayCompleteOnAnyThread() {
        behaviour = notice -> {
            CompletableFuture<List<String>> elsewhere = CompletableFuture.supplyAsync(() -> {
                if (sent.size() < 3) {
                    throw new IllegalStateException("down");
                }
                return List.of();
            });
            return Future.fromCompletionStage(elsewhere);
        };
        submit(1, 2);
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.RETRIED, 2, AlertOutcome.SENT, 2), outcomes));
        Set<String> used = Set.copyOf(threads);
        onLoop(() -> threads.add(Thread.currentThread().getName()));
        assertEquals(used, Set.copyOf(threads));
        assertEquals(1, used.size(), used.toString());
    }

    @Test
    void whatSomeReceiversGotIsNotRepeated() {
        behaviour = notice -> Future.succeededFuture(List.of("a@example.com"));
        submit(1, 2);
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.PARTLY_SENT, 2), outcomes));
        assertEquals(List.of(1L, 2L), sent);
    }

    @Test
    void whenItStopsNothingMoreIsSent() {
        Promise<List<String>> answer = Promise.promise();
        behaviour = notice -> answer.future();
        submit(1, 3);
        onLoop(delivery::stop);
        onLoop(() -> answer.fail("down"));
        submit(4, 4);
        onLoop(() -> {});
        assertEquals(List.of(1L), sent);
        assertEquals(Map.of(AlertOutcome.FAILED, 3), outcomes);
    }

    @Test
    void itsSuccessorSendsWhatWaitsAndWhatFailsAfterwards() {
        Promise<List<String>> answer = Promise.promise();
        behaviour = notice -> answer.future();
        submit(1, 3);
        behaviour = notice -> Future.succeededFuture(List.of());
        AlertDelivery successor = delivery();
        onLoop(() -> delivery.handOver(List.of(successor)));
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.SENT, 2), outcomes));
        assertEquals(List.of(1L, 2L, 3L), sent);

        AlertDelivery last = delivery();
        onLoop(() -> successor.handOver(List.of(last)));
        onLoop(() -> answer.fail("down"));
        await().untilAsserted(() -> assertEquals(Map.of(AlertOutcome.SENT, 3), outcomes));
        assertEquals(List.of(1L, 2L, 3L, 1L), sent);
    }

    @Test
    void whatSucceedsAfterwardsIsNotSentAgain() {
        Promise<List<String>> answer = Promise.promise();
        behaviour = notice -> answer.future();
        submit(1, 1);
        onLoop(() -> delivery.handOver(List.of(delivery())));
        onLoop(() -> answer.complete(List.of()));
        onLoop(() -> {});
        assertEquals(Map.of(AlertOutcome.SENT, 1), outcomes);
        assertEquals(List.of(1L), sent);
    }
}
