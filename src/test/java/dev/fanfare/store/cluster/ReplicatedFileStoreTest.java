package dev.fanfare.store.cluster;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The replicated store in files, on three nodes with a folder each. */
class ReplicatedFileStoreTest extends ReplicatedStoreTest {

    @TempDir
    private Path folder;

    @Override
    protected void start(StoreNodes all, String node) {
        all.start(node, folder.resolve(node));
    }
}
