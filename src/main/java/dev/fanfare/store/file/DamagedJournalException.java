package dev.fanfare.store.file;

import java.io.IOException;
import java.nio.file.Path;

/** A file of the journal is damaged where going on would lose what was acknowledged. The message tells what to do. */
public final class DamagedJournalException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param advice what an operator can do */
    DamagedJournalException(Path file, long offset, String what, String advice) {
        super(file + " is damaged at byte " + offset + ": " + what
                + ". No file was changed. Restore the folder from a copy; " + advice);
    }
}
