package dev.fanfare.cluster;

import dev.fanfare.core.SourceNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port of the grid. {@link #accept} returns connections of members only: handshakes run on other threads, so that a
 * peer that says nothing, or too little, delays no other. Unfinished handshakes are bounded in number, in all and from one
 * source, and in time. Where there are too many, the oldest of the source with the most gives way, so that floods from fewer
 * sources than there are places take no place of another. Thread-safe.
 */
final class MemberServerSocket extends ServerSocket {

    /** For a handshake and the first byte. */
    static final int HANDSHAKE_MILLIS = 2000;

    static final int UNFINISHED = 64;
    static final int UNFINISHED_OF_SOURCE = 16;

    private static final Logger log = LoggerFactory.getLogger(MemberServerSocket.class);
    private static final int BACKLOG = 1024;
    private static final int IDLE_SECONDS = 10;

    /** After an accept that failed for want of file descriptors. */
    private static final int PAUSE_MILLIS = 100;

    private final Supplier<MemberSocket> sockets;
    private final MemberSocket.Deadlines deadlines;
    private final Refusals refusals;
    private final ThreadFactory threads;
    private final ThreadPoolExecutor handshakes;

    /** The oldest first; guarded by itself. */
    private final Set<UnfinishedHandshake> unfinished = new LinkedHashSet<>();

    /** Authenticated; an empty one says that this socket is closed. */
    private final BlockingQueue<Optional<MemberSocket>> accepted = new LinkedBlockingQueue<>();

    /** @param sockets creates unconnected ones */
    MemberServerSocket(
            Supplier<MemberSocket> sockets, MemberSocket.Deadlines deadlines, Refusals refusals, ThreadFactory threads)
            throws IOException {
        this.sockets = sockets;
        this.deadlines = deadlines;
        this.refusals = refusals;
        this.threads = threads;
        this.handshakes = new ThreadPoolExecutor(
                UNFINISHED, UNFINISHED, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        handshakes.allowCoreThreadTimeOut(true);
    }

    @Override
    public void bind(SocketAddress address) throws IOException {
        bind(address, BACKLOG);
    }

    @Override
    public void bind(SocketAddress address, int backlog) throws IOException {
        super.bind(address, backlog);
        threads.newThread(this::run).start();
    }

    /** Waits for the next member. */
    @Override
    public Socket accept() throws IOException {
        try {
            Optional<MemberSocket> next = accepted.take();
            if (next.isEmpty()) {
                accepted.add(next);
                throw new SocketException("closed");
            }
            return next.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("interrupted");
        }
    }

    private void run() {
        while (!isClosed()) {
            try {
                MemberSocket socket = sockets.get();
                implAccept(socket);
                admit(new UnfinishedHandshake(socket));
            } catch (IOException | RuntimeException | OutOfMemoryError e) { // the latter also if there is no thread
                if (!isClosed()) {
                    log.atWarn().addKeyValue("cause", e.toString()).log("no connection of a member could be accepted");
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
                }
            }
        }
    }

    private void admit(UnfinishedHandshake handshake) {
        UnfinishedHandshake oldest;
        synchronized (unfinished) {
            oldest = superfluous(handshake.source);
            unfinished.add(handshake);
        }
        if (oldest != null) {
            oldest.end(Refusal.CROWDED);
        }
        boolean started = false;
        try {
            handshake.start();
            started = true;
        } finally {
            if (!started) {
                handshake.end(Refusal.CROWDED);
            }
        }
    }

    /** The one that has to give way to another from this source. */
    private @Nullable UnfinishedHandshake superfluous(SourceNetwork source) {
        Map<SourceNetwork, List<UnfinishedHandshake>> bySource = new LinkedHashMap<>();
        for (UnfinishedHandshake other : unfinished) {
            bySource.computeIfAbsent(other.source, each -> new ArrayList<>()).add(other);
        }
        List<UnfinishedHandshake> own = bySource.getOrDefault(source, List.of());
        if (own.size() >= UNFINISHED_OF_SOURCE) {
            return own.get(0);
        }
        return unfinished.size() < UNFINISHED
                ? null
                : Collections.max(bySource.values(), Comparator.comparingInt(List::size))
                        .get(0);
    }

    @Override
    public void close() throws IOException {
        super.close();
        accepted.add(Optional.empty());
        handshakes.shutdown();
        UnfinishedHandshake[] rest;
        synchronized (unfinished) {
            rest = unfinished.toArray(new UnfinishedHandshake[0]);
        }
        for (UnfinishedHandshake handshake : rest) {
            handshake.end(Refusal.CLOSED);
        }
    }

    /** One unfinished handshake. */
    private final class UnfinishedHandshake implements Runnable {

        private final MemberSocket socket;
        private final InetAddress address;
        private final SourceNetwork source;
        private volatile Runnable cancel = () -> {};

        UnfinishedHandshake(MemberSocket socket) {
            this.socket = socket;
            this.address = socket.getInetAddress();
            this.source = SourceNetwork.of(address.getAddress());
        }

        void start() {
            cancel = deadlines.start(() -> end(Refusal.TIMEOUT), HANDSHAKE_MILLIS);
            handshakes.execute(this);
        }

        @Override
        public void run() {
            try {
                socket.setSoTimeout(HANDSHAKE_MILLIS);
                socket.accept();
                socket.setSoTimeout(0);
                if (finished()) {
                    accepted.add(Optional.of(socket));
                }
            } catch (IOException | RuntimeException e) {
                log.debug("handshake of a member failed", e);
                end(Refusal.of(e));
            }
        }

        /** Whether it had not been finished before. */
        private boolean finished() {
            synchronized (unfinished) {
                if (!unfinished.remove(this)) {
                    return false;
                }
            }
            cancel.run();
            return true;
        }

        void end(Refusal reason) {
            if (finished()) {
                handshakes.remove(this);
                refusals.add(reason, address.getHostAddress() + ":" + socket.getPort());
            }
            socket.end();
        }
    }
}
