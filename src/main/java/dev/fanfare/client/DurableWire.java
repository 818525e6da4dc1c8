package dev.fanfare.client;

import dev.fanfare.client.DurableMessage.Declared;
import dev.fanfare.client.DurableMessage.Status;
import dev.fanfare.client.DurableMessage.StatusEntry;
import dev.fanfare.client.DurableMessage.Withdrawn;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The encoding of a {@link DurableMessage}: a version, a kind, and the components in their order. */
final class DurableWire {

    private static final int VERSION = 1;

    private DurableWire() {}

    static byte[] write(DurableMessage message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeByte(message.kind());
            message.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    /** Null for a message that cannot be decoded: another version wrote it. */
    static @Nullable DurableMessage read(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readByte() != VERSION) {
                return null;
            }
            DurableMessage message = read(in);
            return in.read() < 0 ? message : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable DurableMessage read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        if (kind == Status.KIND) {
            return new Status(in.readBoolean(), in.readBoolean(), entries(in));
        }
        DurableKey key = key(in);
        long version = in.readLong();
        return switch (kind) {
            case Declared.KIND -> new Declared(key, version, json(in));
            case Withdrawn.KIND -> new Withdrawn(key, version);
            default -> null;
        };
    }

    private static List<StatusEntry> entries(DataInputStream in) throws IOException {
        List<StatusEntry> entries = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            entries.add(new StatusEntry(key(in), in.readLong(), in.readBoolean(), in.readBoolean()));
        }
        return entries;
    }

    private static DurableKey key(DataInputStream in) throws IOException {
        return new DurableKey(in.readUTF(), in.readUTF());
    }

    private static String json(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("length out of range: " + length);
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
}
