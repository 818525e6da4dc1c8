package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fanfare.broker.routing.InFlightBytes;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Entry points of the registry fail where they are called from another thread, if assertions are enabled. */
class RegistryThreadTest {

    private static final String NODE = "node1";

    @Test
    void entryPointsRejectOtherThreads() throws Exception {
        assumeTrue(RegistryVerticle.class.desiredAssertionStatus(), "needs -ea");
        Vertx vertx = Vertx.vertx();
        try {
            EventBusBroker.prepare(vertx.eventBus());
            NodeTraffic traffic = new NodeTraffic();
            RegistryVerticle registry = new RegistryVerticle(
                    new RegistryVerticle.NodeIds(NODE, () -> List.of(NODE)),
                    new EventBusBroker.Settings(64, 1000, 1000, 1000, 0),
                    new RegistryVerticle.InFlight(inFlight(), inFlight()),
                    new RegistryVerticle.PeerLinks(
                            traffic,
                            new NodeSender(vertx.eventBus(), NODE, traffic),
                            new NodeRequests(vertx, node -> true, node -> 1, unread -> {})),
                    new PendingReports(vertx),
                    new Publishers());
            vertx.deployVerticle(registry).await(10, TimeUnit.SECONDS);
            FakeSubscriber subscriber = new FakeSubscriber();

            Map<String, Executable> calls = new LinkedHashMap<>();
            calls.put("start", registry::start);
            calls.put("stop", registry::stop);
            calls.put("tick", registry::tick);
            calls.put("removeUnused", registry::removeUnused);
            calls.put("subscribeNow", () -> registry.subscribeNow(subscriber, 1));
            calls.put("post", () -> registry.routingTable().tick(0, List.of(NODE, "node2"), true));
            calls.forEach((name, call) -> assertThrows(AssertionError.class, call, name));
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static InFlightBytes inFlight() {
        return new InFlightBytes(1000, () -> {});
    }
}
