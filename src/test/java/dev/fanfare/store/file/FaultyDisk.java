package dev.fanfare.store.file;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory whose steps fail when a test says so. A write that fails has written a part, as on a full disk. {@link
 * #losePower} loses what was not forced: ends of files, and names that were created, moved or deleted since their folder was
 * forced.
 */
public final class FaultyDisk implements Disk {

    private final Random random;
    private final Map<Path, Content> files = new ConcurrentHashMap<>();

    /** What undoes the changes of names that are not forced, the latest first. */
    private final Deque<Runnable> names = new ArrayDeque<>();

    private int steps;
    private long failFrom = Long.MAX_VALUE;
    private long failUntil = Long.MAX_VALUE;
    private int holdFrom = Integer.MAX_VALUE;
    private boolean held;

    private static final class Content extends ByteArrayOutputStream {

        int forced;

        /** A system takes what it failed to write for written, so that forcing it again does nothing. */
        boolean lost;
    }

    public FaultyDisk(long seed) {
        random = new Random(seed);
    }

    /**
     * A journal on this disk.
     *
     * @param folder exists, and has its lock only
     * @param minBytes a journal that is smaller is not worth a snapshot
     */
    public FileJournal journal(Path folder, long minBytes) {
        return new FileJournal(folder, this, minBytes);
    }

    /** Makes all steps wait, but for the next ones. */
    public synchronized void holdAfter(int more) {
        holdFrom = steps + more;
        held = false;
        notifyAll();
    }

    /** Makes no step wait any more. */
    public synchronized void release() {
        holdFrom = Integer.MAX_VALUE;
        notifyAll();
    }

    /** Whether a step waits. */
    public synchronized boolean isHeld() {
        return held;
    }

    /** Makes the steps from one number to before another fail. */
    public synchronized void fail(long from, long until) {
        failFrom = from;
        failUntil = until;
    }

    public synchronized int steps() {
        return steps;
    }

    /** Loses a part of what was not forced, as a loss of power does. */
    public synchronized void losePower() {
        for (int lost = random.nextInt(names.size() + 1); lost > 0; lost--) {
            names.pop().run();
        }
        names.clear();
        files.replaceAll((path, content) -> {
            Content left = new Content();
            int more = content.size() - content.forced;
            left.write(content.toByteArray(), 0, content.forced + (more == 0 ? 0 : random.nextInt(more + 1)));
            left.forced = left.size();
            return left;
        });
    }

    private boolean fails() {
        while (steps >= holdFrom) {
            held = true;
            try {
                wait();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        int step = steps++;
        return step >= failFrom && step < failUntil;
    }

    private void step() throws IOException {
        if (fails()) {
            throw new IOException("No space left on device");
        }
    }

    @Override
    public synchronized OpenFile create(Path path) throws IOException {
        step();
        Content content = new Content();
        replace(path, content);
        return new OpenFile() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                synchronized (FaultyDisk.this) {
                    boolean fails = fails();
                    byte[] written = new byte[fails ? random.nextInt(bytes.remaining()) : bytes.remaining()];
                    bytes.get(written);
                    content.writeBytes(written);
                    if (fails) {
                        throw new IOException("No space left on device");
                    }
                }
            }

            @Override
            public void force() throws IOException {
                synchronized (FaultyDisk.this) {
                    if (fails()) {
                        content.lost = true;
                        throw new IOException("No space left on device");
                    }
                    if (!content.lost) {
                        content.forced = content.size();
                    }
                }
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public synchronized void move(Path from, Path to) throws IOException {
        step();
        Content content = existing(from);
        Content replaced = files.put(to, content);
        files.remove(from);
        names.push(() -> {
            put(to, replaced);
            put(from, content);
        });
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        step();
        replace(path, null);
    }

    private void replace(Path path, @Nullable Content content) {
        Content replaced = files.get(path);
        put(path, content);
        names.push(() -> put(path, replaced));
    }

    private void put(Path path, @Nullable Content content) {
        if (content == null) {
            files.remove(path);
        } else {
            files.put(path, content);
        }
    }

    @Override
    public synchronized void forceFolder(Path folder) throws IOException {
        step();
        names.clear();
    }

    @Override
    public List<String> names(Path folder) {
        return files.keySet().stream()
                .filter(each -> folder.equals(each.getParent()))
                .map(each -> each.getFileName().toString())
                .toList();
    }

    @Override
    public synchronized long size(Path path) throws IOException {
        return existing(path).size();
    }

    @Override
    public synchronized InputStream read(Path path) throws IOException {
        return new ByteArrayInputStream(existing(path).toByteArray());
    }

    private Content existing(Path path) throws IOException {
        Content content = files.get(path);
        if (content == null) {
            throw new NoSuchFileException(path.toString());
        }
        return content;
    }
}
