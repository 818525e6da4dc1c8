package dev.fanfare.store.state;

import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.WatchListener;

/** A call of a {@link WatchListener}. */
public sealed interface WatchEvent {

    /** Makes the call. */
    void deliver(WatchListener listener);

    /** See {@link WatchListener#syncing}. */
    record Syncing() implements WatchEvent {
        @Override
        public void deliver(WatchListener listener) {
            listener.syncing();
        }
    }

    /** See {@link WatchListener#present}. */
    record Present(StoreEntry entry) implements WatchEvent {
        @Override
        public void deliver(WatchListener listener) {
            listener.present(entry);
        }
    }

    /** See {@link WatchListener#absent}. */
    record Absent(String key, long version) implements WatchEvent {
        @Override
        public void deliver(WatchListener listener) {
            listener.absent(key, version);
        }
    }

    /** See {@link WatchListener#synced}. */
    record Synced() implements WatchEvent {
        @Override
        public void deliver(WatchListener listener) {
            listener.synced();
        }
    }
}
