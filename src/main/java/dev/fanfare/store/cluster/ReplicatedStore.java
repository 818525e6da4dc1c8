package dev.fanfare.store.cluster;

import dev.fanfare.core.ClusterTime;
import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.OutcomeUnknownException;
import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreFullException;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.engine.CommandStore;
import dev.fanfare.store.replica.Envelope;
import dev.fanfare.store.replica.ReplicaFigures;
import dev.fanfare.store.replica.ReplicaNode;
import dev.fanfare.store.replica.ReplicaTiming;
import dev.fanfare.store.replica.Requests;
import dev.fanfare.store.replica.Room;
import dev.fanfare.store.replica.StateMachine;
import dev.fanfare.store.replica.StoreMachine;
import dev.fanfare.store.replica.StoredMember;
import dev.fanfare.store.state.QueryCodec;
import dev.fanfare.store.state.StoreCodec;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreFormatException;
import dev.fanfare.store.state.StoreQuery;
import dev.fanfare.store.state.StoreResult;
import dev.fanfare.store.state.StoreState;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The store that is replicated on the nodes of a cluster: each write is on two nodes before it is acknowledged, if there are
 * two. A {@link ReplicaNode} on the event loop of the verticle, with time, views and messages from outside. It can be used once it
 * is deployed, and is unavailable until it has a view; undeploying it closes it. {@code src/docs/store.md} has what it
 * promises, {@code src/docs/decisions/0047-primary-and-backup.md} how.
 */
public final class ReplicatedStore extends CommandStore {

    private static final Logger log = LoggerFactory.getLogger(ReplicatedStore.class);

    private static final long DEADLINE_MILLIS = ClusterTime.OPERATION.millis();
    private static final long FAULT_LOG_MILLIS = 10_000;
    private static final long OBSTACLE_LOG_MILLIS = 30_000;

    /** Time for what one turn has sent to get on its way. */
    private static final long PROCEED_MILLIS = 5;

    private final String nodeId;
    private final long maxBytes;
    private final @Nullable ReplicaFiles files;
    private final ToIntFunction<String> versions;
    private final MonotonicClock clock;
    private final long tickMillis;
    private final StoreTraffic traffic = new StoreTraffic();
    private final Map<Integer, StoreMachine> machines = new ConcurrentSkipListMap<>();
    private final List<ClusterWatch> watches = new ArrayList<>();

    private final Promise<Void> closed = Promise.promise();

    private volatile StoreFigures figures;
    private volatile ReplicationFigures replication = ReplicationFigures.NONE;

    private @Nullable ReplicaNode node;
    private @Nullable StoreLink link;
    private @Nullable Departure departure;
    private List<String> view = List.of();
    private int incarnation;
    private int inFlight;

    /** Whether the member has ended, and no other one has taken its place yet. */
    private boolean ended;

    private long nextObstacleLog;
    private int lost;
    private long ticks = -1;
    private long nextFaultLog = Long.MIN_VALUE;

    /** The node is about to leave the cluster. */
    private record Departure(Promise<Void> left, long deadline) {}

    /** Reads the bytes of an answer. */
    private interface ResultReader<T> {
        @Nullable
        T read(byte[] body) throws StoreFormatException, WireException;
    }

    /**
     * @param nodeId of this node in views
     * @param maxBytes that entries and logs on this node may take, with what they cost besides their content
     * @param files null to keep everything in memory only
     * @param versions of the protocol between nodes that are used with a node
     * @param clock measures all times; that of other nodes need not agree
     */
    public ReplicatedStore(
            String nodeId,
            long maxBytes,
            @Nullable ReplicaFiles files,
            ToIntFunction<String> versions,
            MonotonicClock clock,
            StoreObserver observer) {
        this(nodeId, maxBytes, files, versions, clock, observer, ReplicaTiming.TICK);
    }

    /** @param tickMillis for tests, whose clocks may be faster */
    ReplicatedStore(
            String nodeId,
            long maxBytes,
            @Nullable ReplicaFiles files,
            ToIntFunction<String> versions,
            MonotonicClock clock,
            StoreObserver observer,
            long tickMillis) {
        super(clock, observer);
        this.nodeId = nodeId;
        this.maxBytes = maxBytes;
        this.files = files;
        this.versions = versions;
        this.clock = clock;
        this.tickMillis = tickMillis;
        this.figures = new StoreFigures(0, 0, 0, maxBytes, 0, 0);
    }

    @Override
    public Future<?> start() {
        if (isRefusing()) {
            return Future.failedFuture(shuttingDown());
        }
        link = new StoreLink(vertx, context, nodeId, versions, this::received, traffic);
        if (files == null) {
            node = newNode();
            begin();
            return Future.succeededFuture();
        }
        return files.open(vertx, context, new OwnFilesUser(), this::newMachine).compose(stored -> {
            if (isRefusing()) {
                return files.close().transform(done -> Future.failedFuture(shuttingDown()));
            }
            node = newNode(files, stored);
            begin();
            return Future.succeededFuture();
        });
    }

    private void begin() {
        ticks = vertx.setPeriodic(tickMillis, tick -> tick());
        serve();
    }

    private ReplicaNode newNode() {
        incarnation++;
        machines.clear();
        return new ReplicaNode(nodeId, incarnation, Partitions.COUNT, maxBytes, this::newMachine, new Surroundings());
    }

    private ReplicaNode newNode(ReplicaFiles storage, StoredMember stored) {
        return new ReplicaNode(
                nodeId, Partitions.COUNT, maxBytes, stored, storage, storage.lostDisks(), new Surroundings());
    }

    private StateMachine newMachine(int partition) {
        StoreMachine machine = new StoreMachine();
        machines.put(partition, machine);
        return machine;
    }

    @Override
    public Future<?> stop() {
        return close();
    }

    /**
     * The nodes of the cluster have changed. Any thread, but only one at a time.
     *
     * @param nodeIds the eldest first, this one included; without guests
     */
    public void view(List<String> nodeIds) {
        List<String> nodes = List.copyOf(nodeIds);
        onContext(there -> {
            view = nodes;
            link().members(nodes);
            guarded(() -> node().view(nodes, clock.millis()));
        });
    }

    /** The process of a node has ended. Any thread. */
    public void crashed(String other) {
        onContext(there -> guarded(() -> node().crashed(other, clock.millis())));
    }

    /**
     * Moves what is on this node to others, as it is about to leave the cluster. It goes on serving meanwhile.
     *
     * @return completes when no other node depends on this one, or none stays, or the time is over; never fails
     */
    public Future<Void> leave(long millis) {
        Promise<Void> left = Promise.promise();
        if (owner() == null || isRefusing()) {
            return Future.succeededFuture();
        }
        onContext(there -> {
            departure = new Departure(left, clock.millis() + millis);
            guarded(() -> node().leave(clock.millis()));
            depart();
        });
        return onCallersContext(left.future());
    }

    private void depart() {
        Departure leaving = departure;
        if (leaving == null) {
            return;
        }
        boolean over = clock.millis() >= leaving.deadline();
        if (node().hasLeft() || over) {
            departure = null;
            if (over && replication.singleCopies() > 0) {
                log.atWarn()
                        .addKeyValue("partitions", replication.singleCopies())
                        .log("the time to leave is over, and this node has the only copy of a part of the store");
            }
            leaving.left().tryComplete();
        }
    }

    private interface OnContext {
        void run(Context there);
    }

    private void onContext(OnContext action) {
        Context there = owner();
        if (there != null && !isRefusing()) {
            there.runOnContext(turn -> action.run(there));
        }
    }

    @Override
    protected void change(StoreCommand command, String name, int valueLength, Promise<StoreResult> promise) {
        submit(false, name, StoreCodec.encode(command), body -> StoreCodec.decodeResult(body), promise);
    }

    @Override
    protected void find(String key, Promise<@Nullable StoreEntry> promise) {
        submit(true, key, QueryCodec.encode(new StoreQuery.GetEntry(key)), QueryCodec::decodeEntry, promise);
    }

    @Override
    protected void find(String name, long from, int maxRecords, int maxReadBytes, Promise<LogRecords> promise) {
        StoreQuery query = new StoreQuery.ReadLog(name, from, maxRecords, maxReadBytes);
        submit(true, name, QueryCodec.encode(query), QueryCodec::decodeRecords, promise);
    }

    private <T> void submit(boolean query, String name, byte[] body, ResultReader<T> reader, Promise<T> promise) {
        if (isRefusing()) {
            promise.fail(shuttingDown());
            return;
        }
        if (ended) {
            promise.fail(new StoreUnavailableException("this node has no part in the store at the moment"));
            return;
        }
        inFlight++;
        long now = clock.millis();
        Requests.Answer answer = (outcome, result) -> {
            inFlight--;
            complete(name, outcome, result, reader, promise);
            closeIfIdle();
        };
        guarded(() -> node().submit(Partitions.of(name), query, body, now + DEADLINE_MILLIS, answer, now));
    }

    private <T> void complete(
            String name, Requests.Outcome outcome, byte[] body, ResultReader<T> reader, Promise<T> promise) {
        switch (outcome) {
            case DONE -> {
                try {
                    promise.complete(reader.read(body));
                } catch (StoreFormatException | WireException e) {
                    promise.fail(new OutcomeUnknownException(
                            "failed to read the answer of another node: " + e.getMessage(), e));
                }
            }
            case FULL -> {
                Room.Full full = Room.Full.of(body);
                promise.fail(new StoreFullException(name, full.used(), full.limit()));
            }
            case UNAVAILABLE ->
                promise.fail(new StoreUnavailableException(
                        node().isInService(clock.millis())
                                ? "the node that orders what happens to " + name
                                        + " did not answer, or has too much to do"
                                : "this node does not reach most of the nodes of the store"));
            case UNSUPPORTED ->
                promise.fail(new StoreUnavailableException("the node that orders what happens to " + name
                        + " runs an older release, which does not know this operation"));
            case UNKNOWN ->
                promise.fail(new OutcomeUnknownException(
                        "the node that orders what happens to " + name + " did not answer, or was replaced"));
        }
    }

    @Override
    protected Watch openWatch(String prefix, WatchListener listener) {
        Context caller = owner() == null ? Vertx.currentContext() : vertx.getOrCreateContext();
        ClusterWatch watch = new ClusterWatch(prefix, listener, caller, clock, watches::remove);
        admit(() -> {
            watches.add(watch);
            guarded(() -> watch.follow(context, node()));
        });
        return watch;
    }

    @Override
    public StoreFigures figures() {
        return figures;
    }

    /** How the store is replicated, some moments ago. Any thread. */
    public ReplicationFigures replication() {
        return replication;
    }

    /** Counters of the traffic between this node and others. */
    public StoreTraffic traffic() {
        return traffic;
    }

    @Override
    public Future<Void> close() {
        Context there = owner();
        if (there == null) {
            refuse();
            return Future.succeededFuture();
        }
        if (!isRefusing()) {
            refuse();
            there.runOnContext(turn -> closeIfIdle());
        }
        return onCallersContext(closed.future());
    }

    /** Everything in flight is answered after its deadline at the latest. */
    private void closeIfIdle() {
        if (!isRefusing() || inFlight > 0 || ticks < 0) {
            return;
        }
        vertx.cancelTimer(ticks);
        ticks = -1;
        List.copyOf(watches).forEach(ClusterWatch::close);
        node().end(clock.millis());
        link().close()
                .transform(done -> files == null ? Future.succeededFuture() : files.close())
                .onComplete(done -> closed.tryComplete());
    }

    private void received(Envelope envelope) {
        guarded(() -> node().receive(envelope, clock.millis()));
    }

    private void tick() {
        guarded(() -> node().tick(clock.millis()));
        if (files != null) {
            guarded(files::tick);
            checkFiles(files);
        }
        logObstacles();
        publishFigures();
        depart();
        if (lost > 0) {
            log.atError()
                    .addKeyValue("partitions", lost)
                    .log("parts of the store are lost with the nodes that had them");
            lost = 0;
        }
    }

    private void checkFiles(ReplicaFiles storage) {
        if (storage.isOverfull() && !ended) {
            ended = true;
            node().end(clock.millis());
            log.atError()
                    .log("too much waits for the disk of the store; this node has no part in the store until it is"
                            + " restarted");
        }
    }

    /** Says from time to time what an operator should know. */
    private void logObstacles() {
        long now = clock.millis();
        if (ended || now - nextObstacleLog < 0) {
            return;
        }
        nextObstacleLog = now + OBSTACLE_LOG_MILLIS;
        ReplicaNode current = node();
        if (!current.unlikeMembers().isEmpty()) {
            log.atError()
                    .addKeyValue("this", current.member())
                    .addKeyValue("others", current.unlikeMembers())
                    .log(
                            files == null
                                    ? "other nodes have a store.folder, and this one has none: give it one and restart"
                                            + " it. Until all nodes have one, or none has, no store is begun, and one"
                                            + " that there is does not survive that all nodes are stopped"
                                    : "this node has a store.folder, and others have none: give them one and restart"
                                            + " them. Until all nodes have one, or none has, no store is begun, and one"
                                            + " that there is does not survive that all nodes are stopped");
        }
        if (current.isWaiting()) {
            log.atWarn()
                    .log("this node has lost its own files of the store, and waits for others that have the content. If"
                            + " there are none, stop it and restore its store.folder, or empty that to begin anew");
        }
        if (!current.missing().isEmpty()) {
            log.atWarn()
                    .addKeyValue("missing", current.missing())
                    .log("the store waits for nodes that may have its latest content. Start them; if the folder of one"
                            + " is lost for good, add the name of its disk, between / and ., to store.lostDisks of all"
                            + " nodes and restart them. A name without a . is that of a node that had no store.folder"
                            + " and cannot return: add it as it is");
        }
        if (!current.absentReplicas().isEmpty()) {
            log.atWarn()
                    .addKeyValue("missing", current.absentReplicas())
                    .log("a part of the store is on nodes that are not there, and is unavailable. Start one of them; if"
                            + " their folders are lost for good, add the names of their disks, between / and ., to"
                            + " store.lostDisks of all nodes and restart these one after the other");
        }
        if (current.meetsOthers(now)) {
            log.atWarn()
                    .addKeyValue("inService", current.isInService(now))
                    .log("this node meets others whose store was begun apart. The one that is not in service waits for"
                            + " its own nodes; to make a node give up what it has and join, move the files in its"
                            + " store.folder away and restart it");
        }
    }

    /** What one message or one moment leads to does not end the others. */
    private void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            countFault(e, "all");
        }
    }

    private void countFault(RuntimeException failure, Object partition) {
        traffic.countSkipped(StoreTraffic.SkipReason.FAULT);
        if (clock.millis() >= nextFaultLog) {
            nextFaultLog = clock.millis() + FAULT_LOG_MILLIS;
            log.atError()
                    .setCause(failure)
                    .addKeyValue("partition", partition)
                    .log("the store failed to handle a message or the passing of time");
        }
    }

    private void publishFigures() {
        ReplicaFigures current = node().figures(clock.millis());
        long entries = 0;
        long logs = 0;
        long bytes = 0;
        long singleEntries = 0;
        for (Map.Entry<Integer, StoreMachine> each : machines.entrySet()) {
            StoreState state = each.getValue().content();
            if (state != null) {
                entries += state.entryCount();
                logs += state.logCount();
                bytes += state.bytes();
                singleEntries +=
                        current.singleCopies().get(each.getKey()) ? state.entryCount() + (long) state.logCount() : 0;
            }
        }
        figures = new StoreFigures(
                entries,
                logs,
                bytes,
                maxBytes,
                files == null ? 0 : files.bytes(),
                files == null ? 0 : files.waitMillis());
        replication = new ReplicationFigures(
                current.members(),
                current.primaries(),
                current.backups(),
                current.learners(),
                current.singleCopies().cardinality(),
                singleEntries,
                current.inService() ? current.withoutPrimary() : Partitions.COUNT);
    }

    private ReplicaNode node() {
        return opened(node);
    }

    private StoreLink link() {
        return opened(link);
    }

    private static <T> T opened(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the store is not open");
        }
        return part;
    }

    private final class Surroundings implements ReplicaNode.NodeEnvironment {

        @Override
        public void send(String other, Envelope envelope) {
            link().send(other, envelope);
        }

        @Override
        public void failed(int partition, RuntimeException failure) {
            countFault(failure, partition);
        }

        @Override
        public void proceedSoon() {
            vertx.setTimer(PROCEED_MILLIS, timer -> guarded(() -> node().proceed(clock.millis())));
        }

        @Override
        public void lost(int partition) {
            lost++;
            traffic.countLostPartition();
        }

        @Override
        public void superseded() {
            boolean empty = figures.entries() == 0 && figures.logs() == 0;
            log.atLevel(empty ? Level.INFO : Level.ERROR)
                    .addKeyValue("entries", figures.entries())
                    .addKeyValue("logs", figures.logs())
                    .log("the store of this node has met a larger one that was begun apart from it, and gives way:"
                            + " its own entries and logs are lost");
            if (files == null) {
                node = newNode();
                enter();
            } else {
                rejoin(files);
            }
        }
    }

    private void enter() {
        node().view(view, clock.millis());
        List.copyOf(watches).forEach(watch -> watch.follow(context, node()));
    }

    private void rejoin(ReplicaFiles storage) {
        ended = true;
        machines.clear();
        storage.reopen(this::newMachine).onComplete((stored, failure) -> {
            if (failure == null) {
                node = newNode(storage, stored);
                ended = false;
                guarded(this::enter);
            } else {
                log.atError()
                        .setCause(failure)
                        .log("failed to begin new files of the store; this node has no part in it until it is"
                                + " restarted");
            }
        });
    }

    private final class OwnFilesUser implements ReplicaFiles.FilesUser {

        @Override
        public ReplicaNode node() {
            return ReplicatedStore.this.node();
        }

        @Override
        public void written() {
            guarded(() -> node().written(clock.millis()));
        }
    }
}
