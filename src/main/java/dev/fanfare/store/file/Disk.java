package dev.fanfare.store.file;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The files of a journal; each step can be made to fail in a test. Blocks. */
interface Disk {

    /** The file system. */
    Disk REAL = new Disk() {};

    /** Creates a file, or empties the one that is there. */
    default OpenFile create(Path path) throws IOException {
        FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        return new OpenFile() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }

            @Override
            public void force() throws IOException {
                channel.force(false);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    /** Gives a file another name, atomically. What has that name is replaced. */
    default void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    default void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    /** Makes names durable: without it a file that was created or moved may be gone after a loss of power. */
    default void forceFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The names of the files in a folder. */
    default List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(each -> each.getFileName().toString()).toList();
        }
    }

    default long size(Path path) throws IOException {
        return Files.size(path);
    }

    /** The content of a file, unbuffered. */
    default InputStream read(Path path) throws IOException {
        return Files.newInputStream(path);
    }

    /** A file that is being written. */
    interface OpenFile extends Closeable {

        void write(ByteBuffer bytes) throws IOException;

        /** Returns when everything written is on the disk. If it fails, that is unknown for ever: a retry proves nothing. */
        void force() throws IOException;
    }
}
