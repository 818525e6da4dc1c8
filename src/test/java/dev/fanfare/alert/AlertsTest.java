package dev.fanfare.alert;

import static dev.fanfare.alert.MailSettingsOf.SOURCE;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.config.Config;
import dev.fanfare.config.Config.AlertWebhook;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.shard.CountedMetrics;
import dev.fanfare.testkit.TestHandler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The alerts of a node, with webhooks as channels and the clock of the test. */
class AlertsTest {

    private final Vertx vertx = Vertx.vertx();
    private final TestHandler first = TestHandler.start();
    private final TestHandler second = TestHandler.start();
    private final CountedMetrics metrics = new CountedMetrics();
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private volatile boolean down;
    private final Alerts alerts = new Alerts(
            settings(first, "internal-error", "member-silent", "store-unavailable"),
            SOURCE,
            metrics,
            nanos::get,
            InstantSource.system());

    private static Config.AlertSettings settings(TestHandler handler, String... causes) {
        return settings(List.of(causes), webhook(handler, null));
    }

    private static Config.AlertSettings settings(List<String> causes, AlertWebhook... webhooks) {
        Config.AlertSettings defaults = Config.DEFAULT.alerts();
        return new Config.AlertSettings(causes, 4, 14, defaults.mail(), List.of(webhooks));
    }

    private static AlertWebhook webhook(TestHandler handler, @Nullable String authorization) {
        return new AlertWebhook("http://127.0.0.1:" + handler.port() + "/", authorization, "", "");
    }

    @BeforeEach
    void start() {
        vertx.deployVerticle(alerts).await();
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        first.close();
        second.close();
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static JsonObject next(TestHandler handler) {
        return handler.next("null").json().getJsonObject("data");
    }

    @Test
    void whatIsRaisedByManyThreadsIsOneNotice() {
        alerts.raise(AlertCause.REVOKED, "not among the causes");
        IntStream.range(0, 10_000).parallel().forEach(i -> alerts.raise(AlertCause.INTERNAL_ERROR, "a"));
        pass(Alerts.GATHER_MILLIS);

        JsonObject notice = next(first);
        assertEquals("internal-error", notice.getString("cause"));
        assertEquals(10_000, notice.getInteger("count"));
        assertEquals(10_000, metrics.count("alertRaised INTERNAL_ERROR"));
        assertEquals(1, metrics.count("alertRaised REVOKED"));
        await().until(() -> metrics.count("alertDelivery WEBHOOK SENT") == 1);
    }

    @Test
    void whatIsLookedAtIsRaisedWhenItLastsOrGrows() {
        down = true;
        refusals.set(3);
        alerts.watch(List.of(
                AlertCondition.lasting(AlertCause.MEMBER_SILENT, 15_000, () -> down ? "silent members: 1" : null),
                AlertCondition.growing(AlertCause.STORE_UNAVAILABLE, refusals::get, "refused operations")));
        await().until(() -> metrics.count("alertRaised STORE_UNAVAILABLE") == 3);
        assertEquals(0, metrics.count("alertRaised MEMBER_SILENT"));

        pass(15_000);
        assertEquals(3, next(first).getInteger("count"));
        await().until(() -> metrics.count("alertRaised MEMBER_SILENT") == 1);
        pass(Alerts.GATHER_MILLIS);
        assertEquals("member-silent", next(first).getString("cause"));
    }

    @Test
    void otherSettingsTakeWhatWaits() throws Exception {
        first.script = (told, response) -> response.setStatusCode(503).end();
        alerts.raise(AlertCause.INTERNAL_ERROR, "a");
        pass(Alerts.GATHER_MILLIS);
        await().until(() -> metrics.count("alertDelivery WEBHOOK RETRIED") == 1);

        Config.AlertSettings broken = new Config.AlertSettings(
                List.of(),
                4,
                14,
                Config.DEFAULT.alerts().mail(),
                List.of(new AlertWebhook("http://127.0.0.1:1/", null, "/no/such/file", "")));
        assertThrows(IllegalArgumentException.class, () -> alerts.prepare(broken));
        Runnable taken = alerts.prepare(settings(second, "revoked"));
        taken.run();

        assertEquals("internal-error", next(second).getString("cause"));
    }

    /** Of two webhooks, the first one fails and has a notice that waits. */
    private void firstFails() {
        first.script = (told, response) -> response.setStatusCode(503).end();
        alerts.prepare(settings(List.of(), webhook(first, "old"), webhook(second, null)))
                .run();
        alerts.raise(AlertCause.INTERNAL_ERROR, "a");
        pass(Alerts.GATHER_MILLIS);
        await().until(() -> metrics.count("alertDelivery WEBHOOK RETRIED") >= 1
                && metrics.count("alertDelivery WEBHOOK SENT") == 1);
        assertEquals("internal-error", next(first).getString("cause"));
        assertEquals("internal-error", next(second).getString("cause"));
    }

    private void raiseNext() {
        alerts.raise(AlertCause.REVOKED, "b");
        pass(Alerts.GATHER_MILLIS);
    }

    @Test
    void equalSettingsSendNothingAgain() {
        firstFails();
        alerts.prepare(settings(List.of(), webhook(first, "old"), webhook(second, null)))
                .run();
        raiseNext();
        assertEquals("revoked", next(second).getString("cause"));
    }

    @Test
    void aChangedChannelSendsWhatWaitedForItAndOthersDoNot() {
        firstFails();
        first.script = (told, response) -> response.setStatusCode(204).end();
        alerts.prepare(settings(List.of(), webhook(second, null), webhook(first, "new")))
                .run();
        TestHandler.Told again = first.next("null");
        assertEquals("new", again.header("authorization"));
        assertEquals("internal-error", again.json().getJsonObject("data").getString("cause"));
        raiseNext();
        assertEquals("revoked", next(second).getString("cause"));
        assertEquals("revoked", next(first).getString("cause"));
    }
}
