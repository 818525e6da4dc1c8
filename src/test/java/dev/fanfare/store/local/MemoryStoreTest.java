package dev.fanfare.store.local;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreContract;
import dev.fanfare.store.StoreObserver;
import java.time.InstantSource;

/** The store in memory. */
class MemoryStoreTest extends StoreContract {

    @Override
    protected Store open(MonotonicClock clock) {
        LocalStore opened = new LocalStore(MAX_BYTES, null, clock, InstantSource.system(), StoreObserver.NONE);
        await(vertx.deployVerticle(opened));
        return opened;
    }
}
