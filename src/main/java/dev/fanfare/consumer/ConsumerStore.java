package dev.fanfare.consumer;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.VersionMismatchException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and changes records, each change on the condition that nothing else has changed the record since it was read. Any
 * thread; futures complete as those of the store do, and fail with its exceptions.
 */
final class ConsumerStore {

    private static final Logger log = LoggerFactory.getLogger(ConsumerStore.class);

    private final Store store;

    ConsumerStore(Store store) {
        this.store = store;
    }

    /**
     * A record as it was read.
     *
     * @param current null if there is none
     * @param version 0 if there is none
     * @param timeToLive what is left of it; null if it does not expire
     */
    record StoredConsumer(
            @Nullable ConsumerRecord current,
            long version,
            @Nullable Duration timeToLive) {

        private static final StoredConsumer NONE = new StoredConsumer(null, 0, null);

        Duration left(Duration otherwise) {
            return timeToLive == null ? otherwise : timeToLive;
        }

        private VersionCondition unchanged() {
            return version == 0 ? VersionCondition.ABSENT : VersionCondition.version(version);
        }
    }

    Future<StoredConsumer> read(ConsumerKey key) {
        return store.get(key.text()).map(entry -> entry == null ? StoredConsumer.NONE : stored(entry));
    }

    private static StoredConsumer stored(StoreEntry entry) {
        return new StoredConsumer(decode(entry).orElse(null), entry.version(), entry.timeToLive());
    }

    /** The record of an entry; empty if it cannot be read. */
    static Optional<ConsumerRecord> decode(StoreEntry entry) {
        try {
            return Optional.of(ConsumerCodec.read(entry.value()));
        } catch (WireException e) {
            log.atError()
                    .addKeyValue("key", entry.key())
                    .addKeyValue("problem", e.getMessage())
                    .log("the record of a consumer cannot be read");
            return Optional.empty();
        }
    }

    /** Returns the new version. Fails with {@link VersionMismatchException} if the record has changed since it was read. */
    Future<Long> replace(ConsumerKey key, StoredConsumer read, ConsumerRecord next, Duration kept) {
        return store.put(key.text(), ConsumerCodec.write(next), read.unchanged(), kept);
    }

    /** Fails likewise. */
    Future<Void> remove(ConsumerKey key, StoredConsumer read) {
        return store.remove(key.text(), read.unchanged()).mapEmpty();
    }
}
