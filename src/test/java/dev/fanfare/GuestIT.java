package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.cluster.ClusterOptions;
import dev.fanfare.cluster.ClusterTls;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.guest.Guest;
import dev.fanfare.operations.Content;
import dev.fanfare.operations.Listing;
import dev.fanfare.operations.Opening;
import dev.fanfare.operations.SendReport;
import dev.fanfare.operations.Target;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** JVM code on the event bus of a cluster without being a node. */
@Timeout(120)
class GuestIT {

    private static final String EVENTS =
            "HUBS={chat: {busEvents: {systemEvents: [connected, disconnected], userEventPattern: '*'}}}";

    private TestCluster cluster;
    private Guest guest;

    @BeforeEach
    void start() throws Exception {
        cluster = TestCluster.start(2, EVENTS, "OUTBOUND_ALLOW=127.0.0.1:*");
        guest = guestOf(cluster);
    }

    private static Guest guestOf(TestCluster cluster) throws Exception {
        List<Integer> own = FreePorts.take(2);
        return get(Guest.join(ClusterOptions.at("127.0.0.1", ClusterTls.derived(List.of(AnyNode.ACCESS_KEY)))
                .withPorts(own.get(0), own.get(1))
                .withMembers(
                        "127.0.0.1:" + cluster.ports().get(0),
                        "127.0.0.1:" + cluster.ports().get(1))));
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
        get(guest.leave());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void itIsNoNode() throws Exception {
        Target g = Target.group("chat", "g");
        for (TestNode node : cluster.nodes()) {
            await().until(() -> node.metric("fanfare_cluster_members") == 2);
            await().until(() -> node.manage("/readyz").status() == 200);
        }
        try (JsonClient here = cluster.node(0).client("a").mayAll().in("g").json();
                JsonClient there = cluster.node(1).client("b").mayAll().in("g").json()) {
            assertEquals(
                    new SendReport(2, 2, 0, 0, 0, List.of()),
                    get(guest.operations().sendAndReport(g, Content.text("to all"))));
            assertEquals("to all", here.text());
            assertEquals("to all", there.text());
            get(guest.leave());
            here.publish("g", "without the guest");
            assertEquals("without the guest", there.text());
        }
    }

    @Test
    void itHearsTheEventsOfAllNodesInOrder() throws Exception {
        List<JsonObject> heard = new CopyOnWriteArrayList<>();
        guest.vertx()
                .eventBus()
                .<String>consumer("fanfare.events.chat", told -> heard.add(new JsonObject(told.body())));
        try (JsonClient here = cluster.node(0).client("a").json();
                JsonClient there = cluster.node(1).client("b").json()) {
            for (int i = 0; i < 50; i++) {
                here.done("{'type':'event','event':'e','data':" + i + "}");
                there.done("{'type':'event','event':'e','data':" + i + "}");
            }
            await().until(() -> heard.size() == 102);
            for (JsonClient client : List.of(here, there)) {
                List<JsonObject> own = heard.stream()
                        .filter(event -> event.getString("connectionid").equals(client.connectionId()))
                        .toList();
                assertEquals(51, own.size());
                assertEquals("connected", own.get(0).getString("eventname"));
                for (int i = 0; i < 50; i++) {
                    assertEquals(i, own.get(i + 1).getInteger("data"));
                }
            }
        }
    }

    @Test
    void itOpensConnectionsAndHearsWhatTheirRemotesSay() throws Exception {
        List<JsonObject> heard = new CopyOnWriteArrayList<>();
        guest.vertx()
                .eventBus()
                .<String>consumer("fanfare.events.chat", told -> heard.add(new JsonObject(told.body())));
        try (RemoteServer remote = RemoteServer.start()) {
            get(guest.operations()
                    .open(Opening.of("chat", remote.url() + "/feed").withId("feed")));
            try (RemoteServer.Upgraded socket = remote.upgrade()) {
                socket.send(RawFrame.text("1.17"));
                await().until(() -> heard.size() == 2);
                assertEquals("connected", heard.get(0).getString("eventname"));
                JsonObject message = heard.get(1);
                assertEquals("1.17", message.getString("data"));
                assertEquals("outbound", message.getString("connectiontype"));
                assertEquals("/feed", message.getString("path"));
                assertEquals("feed", message.getString("connectionid"));
                Listing.Page page =
                        get(guest.operations().list(Listing.of("chat").ofType(ConnectionType.OUTBOUND)));
                assertEquals(1, page.connections().size());
                get(guest.operations().close(Target.connection("chat", "feed"), 1000, "enough"));
                assertEquals(1000, socket.readClose());
            }
            await().until(() -> heard.size() == 3);
            assertEquals("enough", heard.get(2).getJsonObject("data").getString("reason"));
        }
    }

    @Test
    void whenItsNodeHasGoneItFindsAnother() throws Exception {
        Target hub = Target.hub("chat");
        get(guest.operations().send(hub, Content.text("x")));
        cluster.node(0).close();
        await().atMost(60, TimeUnit.SECONDS).until(() -> accepted(hub)); // the first may time out
    }

    private boolean accepted(Target target) throws Exception {
        return guest.operations()
                .send(target, Content.text("x"))
                .map(true)
                .otherwise(false)
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }
}
