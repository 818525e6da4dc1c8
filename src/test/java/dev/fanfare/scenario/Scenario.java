package dev.fanfare.scenario;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.Patience;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Members and publishers at a cluster behind a balancer, all of them on one event loop of their own. Faults come from
 * outside, by the thread of the test, and so do all calls.
 */
final class Scenario implements AutoCloseable {

    /**
     * How much goes on.
     *
     * @param members spread evenly over the groups
     * @param perSecond messages of each publisher
     */
    record Load(int members, int groups, int publishers, int perSecond) {}

    private static final AtomicInteger RUNS = new AtomicInteger();
    private static final String HUB = "chat";
    private static final int OPENED_AT_ONCE = 25;
    private static final int OPENING_MILLIS = 20;

    private final Load load;
    private final ClusterNodes cluster;
    private final Random random;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final Context loop = vertx.getOrCreateContext();
    private final Balancer balancer = new Balancer(vertx);
    private final ScenarioClient.Surroundings surroundings;
    private final List<ScenarioMember> members = new ArrayList<>();
    private final List<ScenarioPublisher> publishers = new ArrayList<>();
    private final List<Split> splits = new ArrayList<>();

    Scenario(Load load, ClusterNodes cluster, Random random) {
        this.load = load;
        this.cluster = cluster;
        this.random = random;
        WebSocketClient sockets = vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxConnections(load.members + load.publishers));
        this.surroundings = new ScenarioClient.Surroundings(
                RUNS.incrementAndGet(), vertx, sockets, balancer, new Random(random.nextLong()));
    }

    static String groupName(int group) {
        return "group-" + group;
    }

    /** Everybody is connected, and publishers publish, when it returns. */
    void start() throws Exception {
        get(balancer.listen().toCompletionStage().toCompletableFuture());
        for (int index = 0; index < cluster.nodes().size(); index++) {
            restarted(index);
        }
        Awaitility.await().until(() -> call(balancer::isComplete));
        IntStream.range(0, load.members).mapToObj(this::member).forEach(members::add);
        IntStream.range(0, load.publishers).mapToObj(this::publisher).forEach(publishers::add);
        open();
        awaitEverybody();
        call(() -> {
            publishers.forEach(scenarioPublisher -> scenarioPublisher.publishing(true));
            return vertx.setPeriodic(1000 / load.perSecond, timer -> publishers.forEach(ScenarioPublisher::tick));
        });
    }

    private ScenarioMember member(int index) {
        int group = index % load.groups;
        String target = cluster.node(0)
                .client("member-" + index)
                .hub(HUB)
                .in(groupName(group))
                .target();
        return new ScenarioMember(surroundings, target, group);
    }

    private ScenarioPublisher publisher(int index) {
        String target =
                cluster.node(0).client("publisher-" + index).hub(HUB).mayAll().target();
        return new ScenarioPublisher(surroundings, target, index, load.groups, index * load.groups / load.publishers);
    }

    /** Not all in one moment, which is for another scenario. */
    private void open() throws Exception {
        List<ScenarioClient> clients = Stream.<List<? extends ScenarioClient>>of(members, publishers)
                .<ScenarioClient>flatMap(List::stream)
                .toList();
        call(() -> {
            for (int i = 0; i < clients.size(); i++) {
                vertx.setTimer(1 + (long) OPENING_MILLIS * (i / OPENED_AT_ONCE), start(clients.get(i)));
            }
            return clients.size();
        });
    }

    private static Handler<Long> start(ScenarioClient scenarioClient) {
        return timer -> scenarioClient.start();
    }

    /** The node of this index has been started, and is to get connections. */
    void restarted(int index) throws Exception {
        call(() -> {
            balancer.put(index, cluster.node(index));
            return index;
        });
    }

    /** Waits until every client is connected. */
    void awaitEverybody() {
        Awaitility.await()
                .atMost(Patience.LIMIT.multipliedBy(2))
                .until(() -> call(() ->
                        Stream.concat(members.stream(), publishers.stream()).allMatch(ScenarioClient::isOpen)));
    }

    /** Lets time go by, under load. */
    void goOn(long millis) {
        Awaitility.await()
                .pollDelay(millis, TimeUnit.MILLISECONDS)
                .atMost(Patience.LIMIT.plusMillis(millis))
                .until(() -> true);
    }

    /** Whether silence counts from now on; see {@link ScenarioAccount#silenceMillis}. */
    void watch(boolean now) throws Exception {
        call(() -> {
            members.forEach(scenarioMember -> scenarioMember.watch(now));
            return now;
        });
    }

    /** Cuts some of all connections, each with a probability. */
    int cutSockets(double probability) throws Exception {
        return call(() -> balancer.cutSome(random, probability));
    }

    /** How often members had to begin anew. */
    int anew() throws Exception {
        return call(() -> members.stream().mapToInt(ScenarioClient::anew).sum());
    }

    /** Between these nodes and the others messages may be lost in this time. */
    void add(Split split) {
        splits.add(split);
    }

    ClusterNodes cluster() {
        return cluster;
    }

    /** Stops publishing, waits until everything has arrived that must, or patience ends, and adds up. */
    ScenarioAccount finish() throws Exception {
        call(() -> {
            publishers.forEach(scenarioPublisher -> scenarioPublisher.publishing(false));
            return publishers.size();
        });
        awaitEverybody();
        Awaitility.await().until(() -> call(() -> publishers.stream().allMatch(ScenarioPublisher::isIdle)));
        try {
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .until(() -> scenarioAccount().lost() == 0);
        } catch (ConditionTimeoutException e) {
            // The account tells.
        }
        return scenarioAccount();
    }

    private ScenarioAccount scenarioAccount() throws Exception {
        return call(() -> ScenarioAccount.of(members, publishers, splits));
    }

    private <T> T call(Callable<T> work) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.runOnContext(v -> {
            try {
                done.complete(work.call());
            } catch (Exception | AssertionError e) {
                done.completeExceptionally(e);
            }
        });
        return get(done);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        loop.runOnContext(v -> {
            balancer.close();
            members.forEach(ScenarioClient::end);
            publishers.forEach(ScenarioClient::end);
        });
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
