package dev.fanfare.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * A disk whose steps fail when a test says so. A write that fails has written a part, as on a full
 * disk. Nothing is really forced, which takes its time; {@link #losePower} loses what was not meant to be.
 */
final class FaultyDisk implements Disk {

    private final Random random;
    private final Map<Path, long[]> lengths = new HashMap<>();
    private int steps;
    private int failFrom = Integer.MAX_VALUE;
    private int failUntil = Integer.MAX_VALUE;

    FaultyDisk(long seed) {
        random = new Random(seed);
    }

    /** Makes the steps from one number to before another fail. */
    void fail(int from, int until) {
        failFrom = from;
        failUntil = until;
    }

    int steps() {
        return steps;
    }

    /** Loses a part of what was not forced, as a loss of power does. */
    void losePower() throws IOException {
        for (Map.Entry<Path, long[]> each : lengths.entrySet()) {
            long forced = each.getValue()[0];
            long written = each.getValue()[1];
            if (each.getKey().toFile().exists() && written > forced) {
                try (FileChannel channel = FileChannel.open(each.getKey(), StandardOpenOption.WRITE)) {
                    channel.truncate(forced + random.nextLong(written - forced + 1));
                }
            }
        }
    }

    private boolean fails() {
        int step = steps++;
        return step >= failFrom && step < failUntil;
    }

    private void step() throws IOException {
        if (fails()) {
            throw new IOException("No space left on device");
        }
    }

    @Override
    public OpenFile create(Path path) throws IOException {
        step();
        OpenFile file = Disk.REAL.create(path);
        long[] length = {0, 0};
        lengths.put(path, length);
        return new OpenFile() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                boolean fails = fails();
                if (fails) {
                    bytes.limit(bytes.position() + random.nextInt(bytes.remaining()));
                }
                length[1] += bytes.remaining();
                file.write(bytes);
                if (fails) {
                    throw new IOException("No space left on device");
                }
            }

            @Override
            public void force() throws IOException {
                step();
                length[0] = length[1];
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        step();
        Disk.REAL.move(from, to);
        long[] length = lengths.remove(from);
        if (length != null) {
            lengths.put(to, length);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        step();
        Disk.REAL.delete(path);
    }

    @Override
    public void force(Path path) throws IOException {
        step();
        long[] length = lengths.get(path);
        if (length != null) {
            length[0] = length[1];
        }
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        step();
    }
}
