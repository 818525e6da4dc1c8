package dev.fanfare.cluster;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jgroups.util.DefaultSocketFactory;

/** Makes the sockets of the grid, all of which are authenticated. {@link #close} ends its threads. Thread-safe. */
final class MemberSockets extends DefaultSocketFactory implements AutoCloseable {

    private final MemberCredentials credentials;
    private final String clusterName;
    private final Refusals refusals;
    private final ThreadFactory threads;
    private final ScheduledThreadPoolExecutor deadlines;

    MemberSockets(MemberCredentials credentials, String clusterName, Refusals refusals) {
        this.credentials = credentials;
        this.clusterName = clusterName;
        this.refusals = refusals;
        AtomicInteger number = new AtomicInteger();
        this.threads = task -> {
            Thread thread = new Thread(task, "fanfare-grid-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        this.deadlines = new ScheduledThreadPoolExecutor(1, threads);
        deadlines.setRemoveOnCancelPolicy(true);
    }

    private Runnable start(Runnable late, int millis) {
        ScheduledFuture<?> deadline = deadlines.schedule(late, millis, TimeUnit.MILLISECONDS);
        return () -> deadline.cancel(false);
    }

    private MemberSocket socket() {
        return new MemberSocket(credentials, clusterName, this::start);
    }

    @Override
    public Socket createSocket(String service) {
        return socket();
    }

    @Override
    public ServerSocket createServerSocket(String service) throws IOException {
        return new MemberServerSocket(this::socket, this::start, refusals, threads);
    }

    @Override
    public void close() {
        deadlines.shutdownNow();
    }
}
