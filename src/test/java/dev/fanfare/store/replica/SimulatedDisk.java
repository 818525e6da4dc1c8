package dev.fanfare.store.replica;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The disk of a node, in simulated time. Records are on it some time after they were appended. A process that dies loses what is
 * not, apart from some of what was just being written.
 */
final class SimulatedDisk implements ReplicaStorage {

    private static final int BUSY = 40;

    private final String name;
    private final Random random;
    private final List<byte[]> snapshot = new ArrayList<>();

    /** What is on the disk behind the snapshot; the first one has this number. */
    private final List<byte[]> records = new ArrayList<>();

    private long first;
    private final Queue<byte[]> pending = new ArrayDeque<>();
    private @Nullable User user;
    private boolean writing;
    private boolean full;
    private boolean stalled;
    private boolean lying;
    private long cut = -1;
    private int snapshots;

    /** The process that uses it. */
    interface User {
        void later(long millis, Runnable action);

        /** More is on the disk. */
        void written();

        /** The records of a snapshot; null if it cannot be begun. */
        @Nullable
        Iterator<byte[]> snapshot();

        long timeOfDay();
    }

    SimulatedDisk(String name, Random random) {
        this.name = name;
        this.random = random;
    }

    String name() {
        return name;
    }

    int snapshots() {
        return snapshots;
    }

    boolean isFull() {
        return full;
    }

    /** Whether it fails to write. */
    void full(boolean now) {
        full = now;
        if (!now) {
            work();
        }
    }

    /** Whether it writes nothing for now, and has not failed yet. */
    void stalled(boolean now) {
        stalled = now;
        if (!now) {
            work();
        }
    }

    /** From now on it claims to have written what it has not. */
    void lie() {
        lying = true;
    }

    /** What a new process finds. */
    StoredMember open(IntFunction<StateMachine> machines, User newUser, boolean waiting) {
        user = newUser;
        full = false;
        stalled = false;
        StoredMember member = new StoredMember(machines);
        if (snapshot.isEmpty()) {
            snapshot.add(member.begin(name, waiting));
            return member;
        }
        try {
            for (byte[] record : snapshot) {
                member.add(record);
            }
            for (byte[] record : records) {
                member.add(record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        records.add(member.restart());
        return member;
    }

    /** The process has ended. */
    void crash() {
        int survive = lying || pending.isEmpty() ? 0 : random.nextInt(pending.size() + 1);
        for (int i = 0; i < survive; i++) {
            records.add(pending.remove());
        }
        pending.clear();
        writing = false;
        cut = -1;
        user = null;
    }

    @Override
    public void append(byte[] record) {
        pending.add(record);
        work();
    }

    private void work() {
        if (writing || full || stalled || user == null || pending.isEmpty()) {
            return;
        }
        writing = true;
        int batch = pending.size();
        User current = user;
        current.later(lying ? 2000 : random.nextInt(60) == 0 ? 400 : random.nextInt(6), () -> {
            if (user == current) {
                done(batch, current);
            }
        });
    }

    private void done(int batch, User current) {
        writing = false;
        if (!full && !stalled) {
            for (int i = 0; i < batch; i++) {
                records.add(pending.remove());
            }
            if (records.size() > 60 && cut < 0) {
                begin(current);
            }
            current.written();
        }
        work();
    }

    /** What is appended until now is replaced by a snapshot, once that is complete. */
    private void begin(User current) {
        Iterator<byte[]> parts = current.snapshot();
        if (parts == null) {
            return;
        }
        cut = appended();
        current.later(random.nextInt(300), () -> complete(current, parts));
    }

    private void complete(User current, Iterator<byte[]> parts) {
        if (user != current) {
            return;
        }
        if (first + records.size() < cut) {
            current.later(50, () -> complete(current, parts));
            return;
        }
        snapshot.clear();
        parts.forEachRemaining(snapshot::add);
        records.subList(0, (int) (cut - first)).clear();
        first = cut;
        cut = -1;
        snapshots++;
    }

    @Override
    public long appended() {
        return first + records.size() + pending.size();
    }

    @Override
    public long written() {
        return lying ? appended() : first + records.size();
    }

    @Override
    public boolean isBusy() {
        return pending.size() > BUSY;
    }

    @Override
    public boolean isFailing() {
        return full;
    }

    @Override
    public long timeOfDay() {
        User current = user;
        return current == null ? 0 : current.timeOfDay();
    }
}
