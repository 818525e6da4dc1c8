package dev.fanfare.bench;

import dev.fanfare.bench.RunObserver.Phase;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One run: opens connections, has the drivers execute the plan, and reports. The thread that runs it waits meanwhile.
 * Used once.
 */
public final class Bench {

    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int CLOSE_SECONDS = 5;

    private final Plan plan;
    private final RunObserver runObserver;
    private final int[] published;
    private final List<Driver> drivers = new ArrayList<>();
    private boolean publishing;
    private long nextProgress = System.nanoTime() + PROGRESS_NANOS;

    private Bench(Plan plan, RunObserver runObserver) {
        this.plan = plan;
        this.runObserver = runObserver;
        this.published = new int[plan.mode() == Mode.FANOUT ? plan.load().streams() : 0];
    }

    /**
     * Executes a plan and reports on it.
     *
     * @throws IOException if there is nothing to measure: the host is unknown, the certificates cannot be read, not one
     *     connection could be opened, or no publisher is left
     * @throws InterruptedException if the thread was interrupted; connections are closed then
     */
    public static BenchReport run(Plan plan, RunObserver runObserver) throws IOException, InterruptedException {
        Map<URI, SocketAddress> servers = addresses(plan.endpoints());
        SslContext tls = tls(plan.endpoints());
        Marker marker = new Marker(new SecureRandom().nextInt());
        Bench bench = new Bench(plan, runObserver);
        for (int i = 0; i < plan.threads(); i++) {
            bench.drivers.add(new Driver(plan, i, marker, bench.published, servers, tls));
        }
        try {
            return bench.run();
        } finally {
            CompletableFuture<?> unused =
                    bench.all(Driver::stop); // the report is complete; daemon threads finish on their own
        }
    }

    /**
     * The value of {@code Sec-WebSocket-Accept} that all connections expect, for test servers that do not compute it.
     */
    public static String expectedAccept() {
        return LoadHandshake.ACCEPT;
    }

    private BenchReport run() throws IOException, InterruptedException {
        rehearse();
        return switch (plan.mode()) {
            case FANOUT -> fanOut();
            case IDLE -> idle();
            case CONNECT -> connectAgain();
        };
    }

    private BenchReport fanOut() throws IOException, InterruptedException {
        long connectNanos = connect();
        Window window = begin(LEAD_NANOS);
        CompletableFuture<?> published = all(Driver::publish);
        publishing = true;
        Cpu cpu = measure(window);
        await(published, Phase.MEASURING);
        publishing = false;
        awaitAtMost(all(Driver::drain), Phase.DRAINING, plan.timing().drain().toNanos());
        return end(connectNanos, cpu);
    }

    private BenchReport idle() throws IOException, InterruptedException {
        long connectNanos = connect();
        Window window = begin(0);
        Cpu cpu = measure(window);
        await(drivers.get(0).at(window.to()), Phase.MEASURING);
        return end(connectNanos, cpu);
    }

    private BenchReport connectAgain() throws IOException, InterruptedException {
        Window window = begin(LEAD_NANOS);
        CompletableFuture<?> opening = all(Driver::reopen);
        Cpu cpu = measure(window);
        await(opening, Phase.MEASURING);
        checkOpened();
        return end(window.to() - window.from(), cpu);
    }

    /** @return the nanoseconds it took */
    private long connect() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        await(all(Driver::connect), Phase.CONNECTING);
        long took = System.nanoTime() - begun;
        checkOpened();
        runObserver.connected();
        return took;
    }

    /** Otherwise the first connections would measure how long the driver takes to load its classes. */
    private void rehearse() throws IOException, InterruptedException {
        List<CompletableFuture<Tally>> rehearsals =
                drivers.stream().map(Driver::rehearse).toList();
        await(CompletableFuture.allOf(rehearsals.toArray(CompletableFuture<?>[]::new)), Phase.WARMING_UP);
        Tally tally = new Tally();
        for (CompletableFuture<Tally> rehearsal : rehearsals) {
            tally.add(get(rehearsal));
        }
        checkOpened(tally);
    }

    private void checkOpened() throws IOException, InterruptedException {
        checkOpened(tally());
    }

    private static void checkOpened(Tally tally) throws IOException {
        if (tally.opened == 0) {
            throw nothingToMeasure("no connection could be opened", tally);
        }
    }

    /** Without publishers nothing more arrives. */
    private void checkPublishers() throws IOException, InterruptedException {
        long left = 0;
        for (Driver driver : drivers) {
            left += get(driver.publishersLeft());
        }
        if (left == 0) {
            throw nothingToMeasure("no publisher is left", tally());
        }
    }

    private static IOException nothingToMeasure(String what, Tally tally) {
        return new ProtocolException(
                what + ": " + String.join("; ", tally.failures().keySet()));
    }

    private Tally tally() throws IOException, InterruptedException {
        Tally tally = new Tally();
        for (Driver driver : drivers) {
            tally.add(get(driver.outcome()).tally());
        }
        return tally;
    }

    private Window begin(long lead) throws IOException, InterruptedException {
        long from = plan.timing().warmUp().toNanos();
        Window window = new Window(
                System.nanoTime() + lead, from, from + plan.timing().duration().toNanos());
        await(all(driver -> driver.prepare(window)), Phase.WARMING_UP);
        return window;
    }

    private Cpu measure(Window window) throws IOException, InterruptedException {
        await(drivers.get(0).at(window.from()), Phase.WARMING_UP);
        runObserver.measuring();
        return new Cpu(drivers);
    }

    private BenchReport end(long connectNanos, Cpu cpu) throws IOException, InterruptedException {
        List<Double> shares = cpu.shares();
        runObserver.measured();
        Tally tally = new Tally();
        long lost = 0;
        long doubled = 0;
        long outOfOrder = 0;
        for (Driver driver : drivers) {
            Driver.DriverResult driverResult = get(driver.outcome());
            tally.add(driverResult.tally());
            lost += driverResult.lost();
            doubled += driverResult.doubled();
            outOfOrder += driverResult.outOfOrder();
        }
        awaitAtMost(all(Driver::close), Phase.CLOSING, TimeUnit.SECONDS.toNanos(CLOSE_SECONDS));
        return BenchReport.of(plan, tally, connectNanos, lost, doubled, outOfOrder, shares);
    }

    private CompletableFuture<?> all(Function<Driver, CompletableFuture<?>> task) {
        return CompletableFuture.allOf(drivers.stream().map(task).toArray(CompletableFuture<?>[]::new));
    }

    private void await(CompletableFuture<?> done, Phase phase) throws IOException, InterruptedException {
        awaitAtMost(done, phase, Long.MAX_VALUE);
    }

    /** Waits, shows progress, and fails if a driver does. */
    private void awaitAtMost(CompletableFuture<?> done, Phase phase, long nanos)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        CompletableFuture<?> either = CompletableFuture.anyOf(done, anyBroken());
        while (System.nanoTime() - begun < nanos) {
            long left = Math.min(nextProgress - System.nanoTime(), nanos - (System.nanoTime() - begun));
            try {
                either.get(Math.max(1, left), TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                showProgress(phase);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a driver has a bug", e.getCause());
            }
        }
    }

    private CompletableFuture<?> anyBroken() {
        return CompletableFuture.anyOf(drivers.stream().map(Driver::broken).toArray(CompletableFuture<?>[]::new));
    }

    private void showProgress(Phase phase) throws IOException, InterruptedException {
        if (System.nanoTime() < nextProgress) {
            return;
        }
        nextProgress += PROGRESS_NANOS;
        Snapshot sum = Snapshot.NONE;
        for (Driver driver : drivers) {
            sum = sum.plus(get(driver.snapshot()));
        }
        runObserver.progress(phase, sum);
        if (publishing) {
            checkPublishers();
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private static Map<URI, SocketAddress> addresses(Plan.Endpoints endpoints) throws IOException {
        Map<URI, SocketAddress> addresses = new HashMap<>();
        for (URI url : endpoints.allUrls()) {
            try {
                addresses.put(url, new InetSocketAddress(InetAddress.getByName(url.getHost()), endpoints.port(url)));
            } catch (UnknownHostException e) {
                throw new IOException("unknown host " + url.getHost(), e);
            }
        }
        return addresses;
    }

    private static @Nullable SslContext tls(Plan.Endpoints endpoints) throws IOException {
        if (!endpoints.secure()) {
            return null;
        }
        SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
        Path trusted = endpoints.trusted();
        if (trusted == null) {
            return builder.build();
        }
        try {
            if (!Files.isReadable(trusted)) {
                throw new IOException("the certificates cannot be read: " + trusted);
            }
            return builder.trustManager(trusted.toFile()).build();
        } catch (IllegalArgumentException e) {
            throw new IOException("no certificates are in " + trusted, e);
        }
    }
}
