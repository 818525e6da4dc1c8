package dev.fanfare.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One event loop with its share of the connections. Callers get futures, which complete on the loop; everything else is
 * touched only there.
 */
final class Driver {

    private static final int SWEEP_MILLIS = 10;
    private static final int REHEARSALS = 200;
    private static final int REHEARSALS_AT_ONCE = 10;
    private static final int WRITE_BUFFER = 1 << 22;
    private static final int STOP_SECONDS = 5;

    private final Plan plan;
    private final int index;
    private final Marker marker;
    private final int[] published;
    private final boolean reliable;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final LoopTimer timer;
    private final SharedReceiveBuffer receiveBuffer = new SharedReceiveBuffer();
    private final Dialer dialer;
    private Tally tally = new Tally();
    private final List<LoadMember> members = new ArrayList<>();
    private final List<LoadPublisher> publishers = new ArrayList<>();
    private final Set<LoadConnection> live = new LinkedHashSet<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final CompletableFuture<Void> broken = new CompletableFuture<>();

    private volatile @Nullable Thread thread;
    private @Nullable OpeningPhase openingPhase;
    private @Nullable PublishingPhase publishingPhase;
    private Window window = Window.NONE;
    private boolean rehearsing;
    private boolean draining;
    private boolean closing;
    private long outstanding;
    private int nextToAcknowledge;
    private int reopened;

    /**
     * @param index from 0
     * @param published messages of each stream; written by the driver of its publisher
     * @param servers of each URL of the plan
     * @param tls null for none
     */
    Driver(
            Plan plan,
            int index,
            Marker marker,
            int[] published,
            Map<URI, SocketAddress> servers,
            @Nullable SslContext tls) {
        this.plan = plan;
        this.index = index;
        this.marker = marker;
        this.published = published;
        this.reliable = plan.endpoints().loadSubprotocol() == LoadSubprotocol.RELIABLE;
        this.group = LoadTransport.singleLoop(this::newThread);
        this.loop = group.next();
        this.timer = new LoopTimer(loop, this::fault);
        this.dialer = new Dialer(plan.endpoints(), servers, tls, bootstrap(tls == null));
    }

    private Thread newThread(Runnable task) {
        Thread made = new Thread(task, "fanfare-bench-" + index);
        made.setDaemon(true);
        thread = made;
        return made;
    }

    private Bootstrap bootstrap(boolean plain) {
        int high = WRITE_BUFFER + 2 * plan.load().burst() * plan.load().size();
        Bootstrap made = LoadTransport.bootstrap(group)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .option(ChannelOption.AUTO_CLOSE, false) // what has arrived is still read when a write fails
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(high / 2, high));
        return plain ? made.option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffer) : made;
    }

    // For callers on other threads.

    /**
     * Opens and closes connections that do not count, so that the driver has loaded and compiled what it needs before
     * it measures. Completes when all are closed.
     */
    CompletableFuture<Tally> rehearse() {
        return on(() -> {
            rehearsing = true;
            Stream<Supplier<LoadConnection>> some = IntStream.range(0, REHEARSALS)
                    .mapToObj(i -> () -> live(new LoadMember(
                            this, index + i, plan.load().groups() == 0 ? LoadMember.NO_GROUP : 0, System.nanoTime())));
            int atOnce = Math.max(1, Math.min(REHEARSALS_AT_ONCE, plan.load().connections() / plan.threads()));
            return open(new OpeningOnce(loop, dialer, dialling(atOnce), some.iterator(), false))
                    .thenApply(done -> {
                        Tally rehearsed = tally;
                        rehearsing = false;
                        tally = new Tally();
                        return rehearsed;
                    });
        });
    }

    /** Opens its share of the connections; completes when each is ready or has failed. */
    CompletableFuture<Void> connect() {
        return on(() ->
                open(new OpeningOnce(loop, dialer, dialling(plan.timing().opensAtOnce()), share().iterator(), true)));
    }

    /** Opens and closes connections; completes when the time is over and all are closed. */
    CompletableFuture<Void> reopen() {
        int threads = plan.threads();
        int atOnce = Math.max(1, plan.load().connections() / threads);
        double interval =
                plan.load().rate() == 0 ? 0 : threads * 1e9 / plan.load().rate();
        return on(() -> open(new OpeningAgain(
                loop,
                timer,
                dialer,
                dialling(atOnce),
                new OpeningAgain.Pace(window, interval),
                due -> live(new LoadMember(this, index + threads * reopened++, LoadMember.NO_GROUP, due)))));
    }

    private OpeningPhase.DialBounds dialling(int atOnce) {
        return new OpeningPhase.DialBounds(
                atOnce, plan.timing().connectTimeout().toNanos());
    }

    /** Sets when the run begins and what is measured. */
    CompletableFuture<Void> prepare(Window given) {
        return on(() -> {
            window = given;
            return CompletableFuture.completedFuture(null);
        });
    }

    /** Publishes as planned; completes when all is written. */
    CompletableFuture<Void> publish() {
        return on(() -> {
            Schedule schedule = new Schedule(plan.load(), index, plan.threads(), window.to());
            PublishingPhase begun = new PublishingPhase(timer, plan, window, schedule, publishers, tally);
            publishingPhase = begun;
            begun.run();
            return begun.done();
        });
    }

    /** How many of its publishers are still there. */
    CompletableFuture<Long> publishersLeft() {
        return on(() -> CompletableFuture.completedFuture(
                publishers.stream().filter(LoadConnection::ready).count()));
    }

    /** Completes when everything that was published has arrived at its members that are still there. */
    CompletableFuture<Void> drain() {
        return on(() -> {
            draining = true;
            countOutstanding();
            return drained;
        });
    }

    /** Completes at a time, in nanoseconds since the beginning. */
    CompletableFuture<Void> at(long time) {
        return on(() -> {
            CompletableFuture<Void> reached = new CompletableFuture<>();
            timer.after(time - window.now(), TimeUnit.NANOSECONDS, () -> reached.complete(null));
            return reached;
        });
    }

    CompletableFuture<Snapshot> snapshot() {
        return on(() -> CompletableFuture.completedFuture(tally.snapshot()));
    }

    /** Completes with an exception if the driver has a bug. */
    CompletableFuture<Void> broken() {
        return broken;
    }

    /** Closes all connections; completes when the servers have closed too. */
    CompletableFuture<Void> close() {
        return on(() -> {
            closing = true;
            if (openingPhase != null) {
                openingPhase.stop();
            }
            List.copyOf(live).forEach(LoadConnection::close);
            checkClosed();
            return closed;
        });
    }

    /** The counts so far. */
    CompletableFuture<DriverResult> outcome() {
        return on(() -> CompletableFuture.completedFuture(new DriverResult(
                tally.copy(),
                members.stream().mapToLong(this::missing).sum(),
                members.stream().mapToLong(each -> each.arrivals().doubled()).sum(),
                members.stream().mapToLong(each -> each.arrivals().outOfOrder()).sum())));
    }

    /** Ends the loop and closes what is still open. */
    CompletableFuture<Void> stop() {
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        loop.execute(() -> List.copyOf(live).forEach(LoadConnection::abort));
        group.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS).addListener(done -> {
            receiveBuffer.release();
            stopped.complete(null);
        });
        return stopped;
    }

    /** The result of one driver: its counts, and messages lost, duplicate and out of order. */
    record DriverResult(Tally tally, long lost, long doubled, long outOfOrder) {}

    /** The thread of the loop, once it has done something. */
    @Nullable
    Thread thread() {
        return thread;
    }

    private <T> CompletableFuture<T> on(Supplier<CompletableFuture<T>> task) {
        return CompletableFuture.completedFuture(null).thenComposeAsync(none -> task.get(), loop);
    }

    // For connections.

    Plan plan() {
        return plan;
    }

    LoopTimer timer() {
        return timer;
    }

    Marker marker() {
        return marker;
    }

    boolean reliable() {
        return reliable;
    }

    /** A message arrived for the first time. */
    void delivered(long time) {
        tally.received++;
        if (window.measures(time)) {
            tally.delivered++;
            Tally.record(tally.latency, window.now() - time);
        }
        if (draining && --outstanding == 0) {
            drained.complete(null);
        }
    }

    /** A message arrived that is not of this run. */
    void foreign() {
        tally.foreign++;
    }

    /** @param begun when it was due, as of {@link System#nanoTime()} */
    void ready(LoadConnection loadConnection, long begun) {
        tally.opened++;
        if (!rehearsing) {
            count(loadConnection, begun);
        }
        if (openingPhase != null) {
            openingPhase.ready(loadConnection);
        }
    }

    private void count(LoadConnection loadConnection, long begun) {
        if (plan.mode() != Mode.CONNECT || window.measures(begun - window.zero())) {
            tally.openedMeasured++;
            Tally.record(tally.connect, System.nanoTime() - begun);
        }
        if (loadConnection instanceof LoadMember loadMember && plan.mode() != Mode.CONNECT) {
            members.add(loadMember);
        }
    }

    /** @param was the last state it reached */
    void ended(LoadConnection loadConnection, LoadConnection.LoadState was, String why) {
        live.remove(loadConnection);
        if (closing) {
            checkClosed();
            return;
        }
        switch (was) {
            case DIALLING, UPGRADING, PREPARING -> tally.failure(why);
            case READY -> tally.closedEarly(why);
            case CLOSING, ENDED -> {}
        }
        if (openingPhase != null) {
            if (rehearsing && tally.failed > 0) {
                openingPhase.openNoMore(); // failures are in the report
            }
            openingPhase.settled(loadConnection);
        }
        writable();
        if (draining) {
            countOutstanding();
        }
    }

    /** A publisher can write again. */
    void writable() {
        if (publishingPhase != null) {
            publishingPhase.run();
        }
    }

    void fault(Throwable bug) {
        broken.completeExceptionally(bug);
    }

    private CompletableFuture<Void> open(OpeningPhase begun) {
        if (openingPhase == null) {
            timer.every(SWEEP_MILLIS, TimeUnit.MILLISECONDS, this::sweep);
        }
        openingPhase = begun;
        begun.fill();
        return begun.done();
    }

    private Stream<Supplier<LoadConnection>> share() {
        int groups = plan.load().groups();
        Stream<Supplier<LoadConnection>> receiving = mine(plan.load().connections())
                .mapToObj(i -> () -> live(
                        new LoadMember(this, i, groups == 0 ? LoadMember.NO_GROUP : i % groups, System.nanoTime())));
        Stream<Supplier<LoadConnection>> sending = mine(plan.mode() == Mode.FANOUT
                        ? plan.load().publishers()
                        : 0)
                .mapToObj(i -> () -> {
                    LoadPublisher loadPublisher = new LoadPublisher(this, i, published);
                    publishers.add(loadPublisher);
                    return live(loadPublisher);
                });
        return Stream.concat(receiving, sending);
    }

    private IntStream mine(int count) {
        return IntStream.range(0, count).filter(i -> i % plan.threads() == index);
    }

    private LoadConnection live(LoadConnection loadConnection) {
        live.add(loadConnection);
        return loadConnection;
    }

    private void sweep() {
        if (openingPhase != null) {
            openingPhase.sweep(System.nanoTime());
        }
        if (reliable && !closing) {
            acknowledge();
        }
    }

    /** Acknowledges for the next few members, so that all are served within an interval. */
    private void acknowledge() {
        long interval = plan.timing().ackInterval().toMillis();
        long share = Math.min(members.size(), members.size() * (long) SWEEP_MILLIS / interval + 1);
        for (long i = 0; i < share; i++) {
            nextToAcknowledge = nextToAcknowledge + 1 < members.size() ? nextToAcknowledge + 1 : 0;
            members.get(nextToAcknowledge).acknowledge();
        }
    }

    private void countOutstanding() {
        outstanding = members.stream()
                .filter(LoadConnection::ready)
                .mapToLong(this::missing)
                .sum();
        if (outstanding == 0) {
            drained.complete(null);
        }
    }

    /** The messages of a member's group that have not arrived. */
    private long missing(LoadMember loadMember) {
        long missing = loadMember.arrivals().missing();
        if (loadMember.group() != LoadMember.NO_GROUP) {
            int groups = plan.load().groups();
            for (int stream = loadMember.group(); stream < published.length; stream += groups) {
                missing += published[stream] - loadMember.arrivals().next(stream / groups);
            }
        }
        return missing;
    }

    private void checkClosed() {
        if (live.isEmpty()) {
            closed.complete(null);
        }
    }
}
