package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A socket without a network that keeps the contract of {@link Socket}. Tests may inspect it on any thread. */
public final class FakeSocket implements Socket {

    private final Executor loop;
    private final List<String> frames = Collections.synchronizedList(new ArrayList<>());
    private final List<SharedFrames> shared = Collections.synchronizedList(new ArrayList<>());
    private volatile @Nullable Listener listener;
    private volatile boolean writable = true;
    private volatile boolean paused;
    private volatile boolean heard;
    private volatile boolean aborted;
    private volatile int pings;
    private volatile int closeCode;
    private volatile long unfinished;
    private volatile String closeReason = "";
    private boolean ended;
    private boolean holding;
    private final List<Taken> pendingTaken = new ArrayList<>();

    /** What the peer sent while reading was paused. */
    private final Deque<String> unread = new ArrayDeque<>();

    /** Called for each frame, on the event loop, synchronously within the write. */
    private volatile Runnable onFrame = () -> {};

    /** What {@link #send} throws, if anything. */
    private volatile @Nullable RuntimeException fault;

    /** @param loop runs tasks on the socket's event loop, asynchronously */
    public FakeSocket(Executor loop) {
        this.loop = loop;
    }

    /** To be called on the event loop, with what the opener returned. */
    public FakeSocket use(Listener user) {
        listener = user;
        return this;
    }

    // ---- what a test does and sees

    /** The payloads of all frames so far. */
    public List<String> frames() {
        synchronized (frames) {
            return List.copyOf(frames);
        }
    }

    /** The shared frames that were written, whose buffers may have been released since. */
    public List<SharedFrames> sharedFrames() {
        synchronized (shared) {
            return List.copyOf(shared);
        }
    }

    /** The peer sends text messages, which arrive at once; waits on nothing. They are not read while reading is paused. */
    public void say(String... texts) {
        loop.execute(() -> {
            unread.addAll(List.of(texts));
            readOn();
        });
    }

    private void readOn() {
        while (!paused && !ended && listener != null && !unread.isEmpty()) {
            heard = true;
            listener.message(true, unread.remove().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The number of the message that is incomplete; 0 for none. */
    public void begun(long number) {
        unfinished = number;
    }

    /** The peer sends pings, and the incomplete message takes this many bytes. */
    public void bring(int pings, int bytes, long held) {
        loop.execute(() -> {
            heard = true;
            for (int i = 0; i < pings && listener != null; i++) {
                listener.control();
            }
            if (listener != null) {
                listener.read(bytes, 0, held);
            }
        });
    }

    /** From now on the kernel accepts nothing, until it accepts everything. */
    public void holdBack(boolean now) {
        loop.execute(() -> {
            holding = now;
            if (!now) {
                notifyTaken(true);
            }
        });
    }

    private void notifyTaken(boolean all) {
        List<Taken> callbacks = List.copyOf(pendingTaken);
        pendingTaken.clear();
        callbacks.forEach(callback -> callback.taken(all));
    }

    /** The transport breaks, or the peer closes. */
    public void end(SocketEnd socketEnd) {
        loop.execute(() -> ended(socketEnd));
    }

    /** The transport breaks. */
    public void cut() {
        end(new SocketEnd(SocketEnd.EndKind.LOST, 1006, ""));
    }

    /** The peer stops reading, or reads again. */
    public void writable(boolean now) {
        loop.execute(() -> {
            writable = now;
            if (now && !ended && listener != null) {
                listener.writable();
            }
        });
    }

    /** From now on every write throws this. */
    public void fail(RuntimeException with) {
        fault = with;
    }

    /** From now on this runs after each frame that is written. */
    public void onFrame(Runnable action) {
        onFrame = action;
    }

    public boolean paused() {
        return paused;
    }

    public boolean aborted() {
        return aborted;
    }

    public int pings() {
        return pings;
    }

    /** The code it was closed with, 0 for none. */
    public int closeCode() {
        return closeCode;
    }

    public String closeReason() {
        return closeReason;
    }

    private void ended(SocketEnd socketEnd) {
        if (!ended) {
            ended = true;
            notifyTaken(false);
            if (listener != null) {
                listener.closed(socketEnd);
            }
        }
    }

    private boolean open() {
        return !ended && closeCode == 0 && !aborted;
    }

    private void write(String payload) {
        if (fault != null) {
            throw fault;
        }
        if (open()) {
            frames.add(payload);
            onFrame.run();
        }
    }

    // ---- Socket

    @Override
    public void send(Encoded message) {
        write(new String(message.body(), StandardCharsets.UTF_8));
    }

    @Override
    public void send(Encoded message, byte[] tail, int tailLength) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(message.body());
        bytes.write(tail, 0, tailLength);
        write(bytes.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void send(SharedFrames several) {
        shared.add(several);
        ByteBuf bytes = several.share();
        try {
            while (bytes.isReadable()) {
                bytes.readByte();
                int length = bytes.readByte();
                if (length == 126) {
                    length = bytes.readUnsignedShort();
                } else if (length == 127) {
                    length = (int) bytes.readLong();
                }
                write(bytes.readCharSequence(length, StandardCharsets.UTF_8).toString());
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void sendNow(SharedFrames several) {
        send(several);
    }

    @Override
    public int warm() {
        return 0;
    }

    @Override
    public boolean deflates() {
        return false;
    }

    @Override
    public boolean writable() {
        return open() && writable;
    }

    @Override
    public long pendingBytes() {
        return 0;
    }

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public void whenTaken(Taken callback) {
        if (ended || aborted) {
            callback.taken(false);
        } else if (holding) {
            pendingTaken.add(callback);
        } else {
            callback.taken(true);
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written on one thread
    public void ping() {
        pings++;
    }

    @Override
    public boolean heard() {
        boolean before = heard;
        heard = false;
        return before;
    }

    @Override
    public long unfinished() {
        return unfinished;
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        loop.execute(this::readOn);
    }

    @Override
    public void close(int code, String reason) {
        if (open()) {
            closeReason = reason;
            closeCode = code;
            loop.execute(() -> ended(new SocketEnd(SocketEnd.EndKind.WE_CLOSED, code, reason)));
        }
    }

    @Override
    public void abort() {
        if (!ended) {
            aborted = true;
            loop.execute(() -> ended(new SocketEnd(SocketEnd.EndKind.LOST, 1006, "")));
        }
    }

    @Override
    public SocketAddress remoteAddress() {
        return InetSocketAddress.createUnresolved("client.example", 1);
    }
}
