package dev.fanfare.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that hold a secret for a command, without white space around it. */
final class SecretFile {

    private SecretFile() {}

    /**
     * Reads one.
     *
     * @param what the file is, to begin a sentence
     * @throws UsageException if it cannot be read
     */
    static String read(String what, Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UsageException(what + " cannot be read: " + file);
        }
    }
}
