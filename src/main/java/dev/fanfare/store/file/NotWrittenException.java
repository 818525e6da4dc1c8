package dev.fanfare.store.file;

import java.io.IOException;

/** Records were not written to the journal and never will be. */
public final class NotWrittenException extends IOException {

    private static final long serialVersionUID = 1L;

    NotWrittenException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
