package dev.fanfare.store.local;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreContract;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.file.FileJournal;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;

/** The store in files. */
class FileStoreTest extends StoreContract {

    @TempDir
    private Path folder;

    @Override
    protected Store open(MonotonicClock clock) {
        LocalStore opened = new LocalStore(
                MAX_BYTES, new FileJournal(folder.resolve("store")), clock, InstantSource.system(), StoreObserver.NONE);
        await(vertx.deployVerticle(opened));
        return opened;
    }
}
