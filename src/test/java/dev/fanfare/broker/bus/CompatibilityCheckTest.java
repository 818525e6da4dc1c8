package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.broker.routing.Hello;
import dev.fanfare.core.codec.WireVersions;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CompatibilityCheckTest {

    private static final EventBusBroker.Settings SETTINGS = new EventBusBroker.Settings(1024, 0, 0, 0, 60_000);

    @Test
    void nodesWithTheSameSlotsAndClocksAgree() {
        assertEquals(Optional.empty(), disagreement(hello(1024, 500), 0, 1000));
    }

    @Test
    void anotherNumberOfSlotsIsRefused() {
        assertEquals(
                Optional.of(
                        "groups.slots is 1024, but node other of this cluster has 512; it must be equal on all nodes"),
                disagreement(hello(512, 500), 0, 1000));
    }

    @Test
    void clocksThatAreTooFarApartAreRefused() {
        assertEquals(
                Optional.of("the clock is 61.0 s ahead of that of node other of this cluster;"
                        + " auth.clockToleranceSeconds allows 60.0"),
                disagreement(hello(1024, 100_000), 161_000, 161_010));
        assertEquals(
                Optional.of("the clock is 60.001 s behind that of node other of this cluster;"
                        + " auth.clockToleranceSeconds allows 60.0"),
                disagreement(hello(1024, 161_000), 100_000, 100_999));
    }

    @Test
    void theTimeOfTheAnswersWayIsNoDifference() {
        assertEquals(Optional.empty(), disagreement(hello(1024, 100_000), 160_000, 999_000));
        assertEquals(Optional.empty(), disagreement(hello(1024, 160_000), 0, 100_000));
    }

    @Test
    void aNodeWithoutACommonVersionIsRefused() {
        Hello current = new Hello(new WireVersions(3, 2), "node", 1024, 0);
        String text =
                "node other of this cluster has no version of the protocol between nodes in common with this one: ";
        assertEquals(
                Optional.of(text + "it speaks 4 to 5, this node 2 to 3; update this node"),
                CompatibilityCheck.disagreement(
                        SETTINGS, "other", new Hello(new WireVersions(5, 4), "other", 1024, 0), current, 0));
        assertEquals(
                Optional.of(text + "it speaks 1, this node 2 to 3; update that node"),
                CompatibilityCheck.disagreement(
                        SETTINGS, "other", new Hello(new WireVersions(1, 1), "other", 1024, 0), current, 0));
        assertEquals(
                Optional.empty(),
                CompatibilityCheck.disagreement(
                        SETTINGS, "other", new Hello(new WireVersions(4, 3), "other", 1024, 0), current, 0));
    }

    @Test
    void aNodeThatAnswersLateIsComparedLate() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            EventBusBroker.prepare(vertx.eventBus());
            BlockingQueue<String> conflicts = new LinkedBlockingQueue<>();
            NodeRequests requests = new NodeRequests(vertx, node -> true, node -> 1, unread -> {});
            CompatibilityCheck check = new CompatibilityCheck(
                    vertx, requests, SETTINGS, () -> hello(1024, 500), node -> null, conflicts::add, 10);
            check.check(() -> List.of("other")).await(10, TimeUnit.SECONDS);
            assertEquals(List.of(), List.copyOf(conflicts));
            DeliveryOptions options = new DeliveryOptions().setCodecName(BusCodecs.HELLO);
            vertx.eventBus()
                    .consumer(
                            Addresses.node("other"),
                            message -> message.reply(new Framed<>(hello(512, 500), 1), options));
            assertEquals(
                    "groups.slots is 1024, but node other of this cluster has 512; it must be equal on all nodes",
                    conflicts.poll(10, TimeUnit.SECONDS));
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static Optional<String> disagreement(Hello theirs, long asked, long answered) {
        return CompatibilityCheck.disagreement(SETTINGS, "other", theirs, hello(1024, asked), answered);
    }

    private static Hello hello(int slots, long clockMillis) {
        return new Hello(WireVersions.OURS, "node", slots, clockMillis);
    }
}
