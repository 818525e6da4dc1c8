package dev.fanfare.store.replica;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that this node holds in all partitions and those that the nodes of its backups hold, each with its limit. Backups
 * report theirs with heartbeats; what this node has applied as primary since is added. What others write to them
 * meanwhile is not known, so a limit may be exceeded by what is written in about a second.
 */
public final class Room {

    /** A limit without effect. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private final long limit;
    private final Map<String, BackupRoom> backups = new HashMap<>();
    private long used;
    private long reserved;

    /** Why a command was refused: what the fullest of the nodes holds, and its limit. */
    public record Full(long used, long limit) {

        byte[] toBytes() {
            return ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(used)
                    .putLong(limit)
                    .array();
        }

        /** Zeros if they are not there. */
        public static Full of(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return bytes.length < 2 * Long.BYTES ? new Full(0, 0) : new Full(in.getLong(), in.getLong());
        }
    }

    private static final class BackupRoom {
        private final long limit;
        private long used;

        BackupRoom(long used, long limit) {
            this.used = used;
            this.limit = limit;
        }
    }

    /** @param limit in bytes, for all partitions together */
    Room(long limit) {
        this.limit = limit;
    }

    long used() {
        return used;
    }

    long limit() {
        return limit;
    }

    /** Bytes that commands need which are ordered and not applied. */
    long reserved() {
        return reserved;
    }

    /** The content of a partition has grown by so many bytes, or shrunk if they are negative. */
    void changed(long bytes) {
        used += bytes;
    }

    /** A primary of this node has applied a command that a backup will apply. */
    void changedAt(String member, long bytes) {
        BackupRoom backup = backups.get(member);
        if (backup != null) {
            backup.used += bytes;
        }
    }

    /** A member has reported what it holds. */
    void reported(String member, long bytes, long maxBytes) {
        backups.put(member, new BackupRoom(bytes, maxBytes));
    }

    void retain(Collection<String> members) {
        backups.keySet().retainAll(members);
    }

    /** A command was ordered that will be applied. */
    void reserve(long bytes) {
        reserved += bytes;
    }

    void release(long bytes) {
        reserved -= bytes;
    }

    /** Which of the nodes has no room for so many bytes more; null if all have. What does not grow has room. */
    @Nullable
    Full refusal(long bytes, Stream<String> members) {
        if (bytes <= 0) {
            return null;
        }
        if (isTooMuch(used, bytes, limit)) {
            return new Full(used, limit);
        }
        return members.map(backups::get)
                .filter(backup -> backup != null && isTooMuch(backup.used, bytes, backup.limit))
                .findFirst()
                .map(backup -> new Full(backup.used, backup.limit))
                .orElse(null);
    }

    private boolean isTooMuch(long held, long bytes, long most) {
        return bytes > most - held - reserved;
    }
}
