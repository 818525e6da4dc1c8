package dev.fanfare.store.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.WatchListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the listener of a watch gets, in portions, while the state changes. */
class WatchFeedTest {

    private final StoreState state = new StoreState("e", 0);

    @Test
    void whatIsPresentComesBeforeChanges() {
        put("a/1", "x");
        put("b/1", "x");
        WatchFeed feed = feed("a/", 10);
        assertEquals(List.of("syncing", "a/1=x", "synced"), take(feed, 10));
        assertTrue(feed.isIdle());
        put("b/2", "x");
        assertTrue(feed.isIdle());
        put("a/2", "y");
        put("a/2", "z");
        remove("a/1");
        assertEquals(List.of("a/2=z", "a/1 absent"), take(feed, 10));
        assertTrue(feed.isIdle());
    }

    @Test
    void aKeyThatTheScanHasPassedIsReportedAgain() {
        for (int i = 0; i < 5; i++) {
            put("k" + i, "x");
        }
        WatchFeed feed = feed("", 10);
        assertEquals(List.of("syncing", "k0=x", "k1=x"), take(feed, 3));
        put("k0", "y");
        put("k4", "y");
        assertEquals(List.of("k0=y", "k2=x", "k3=x"), take(feed, 3));
        assertEquals(List.of("k4=y", "synced"), take(feed, 3));
    }

    @Test
    void aSlowListenerIsSynchronisedAgain() {
        WatchFeed feed = feed("", 3);
        take(feed, 10);
        for (int i = 0; i < 4; i++) {
            put("k" + i, "x");
        }
        assertEquals(List.of("syncing", "k0=x", "k1=x", "k2=x", "k3=x", "synced"), take(feed, 10));
    }

    @Test
    void largeValuesAreTakenInPortions() {
        byte[] large = new byte[StoreLimits.MAX_VALUE_BYTES];
        for (int i = 0; i < 20; i++) {
            state.apply(new StoreCommand.Put("k" + i, large, VersionCondition.ANY, 0), 0);
        }
        WatchFeed feed = feed("", 100);
        View view = new View();
        int scans = takeAll(feed, view);
        assertEquals(20, view.versions.size());
        for (int i = 0; i < 20; i++) {
            state.apply(new StoreCommand.Put("k" + i, large, VersionCondition.ANY, 0), 0);
        }
        assertTrue(takeAll(feed, view) >= 20 && scans >= 20);
    }

    private int takeAll(WatchFeed feed, View view) {
        int takes = 0;
        while (!feed.isIdle()) {
            List<WatchEvent> events = feed.take(state, 0, 256);
            assertTrue(
                    events.stream().filter(WatchEvent.Present.class::isInstance).count() <= 2);
            events.forEach(event -> event.deliver(view));
            takes++;
        }
        return takes;
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 10_000})
    void aScanEndsHoweverManyChangesThereAre(int maxPending) {
        int keys = 5_000;
        int max = 100;
        for (int i = 0; i < keys; i++) {
            put("k" + i, "x");
        }
        WatchFeed feed = feed("", maxPending);
        View view = new View();
        view.syncing = true;
        int takes = 0;
        while (view.syncing) {
            feed.take(state, 0, max).forEach(event -> event.deliver(view));
            takes++;
            assertTrue(takes <= keys / (max / 2) + 2, () -> "not synchronised");
            for (int i = 0; i < 2_000; i++) {
                put("k" + (takes * 2_000 + i) % keys, "y");
            }
        }
        while (!feed.isIdle()) {
            feed.take(state, 0, max).forEach(event -> event.deliver(view));
        }
        Map<String, Long> expected = new HashMap<>();
        state.entries("", null, keys, 0).forEach(entry -> expected.put(entry.key(), entry.version()));
        assertEquals(expected, view.versions);
    }

    @Test
    void changesDroppedDuringAScanBringAnotherOne() {
        for (int i = 0; i < 5; i++) {
            put("k" + i, "x");
        }
        WatchFeed feed = feed("", 1);
        assertEquals(List.of("syncing", "k0=x", "k1=x"), take(feed, 3));
        put("k0", "y");
        put("k1", "y");
        assertEquals(List.of("k2=x", "k3=x", "k4=x"), take(feed, 3));
        assertEquals(List.of("synced"), take(feed, 3));
        assertFalse(feed.isIdle());
        assertEquals(List.of("syncing", "k0=y", "k1=y", "k2=x", "k3=x", "k4=x", "synced"), take(feed, 10));
    }

    @Test
    void anEntryThatHasExpiredIsAbsent() {
        WatchFeed feed = feed("", 3);
        state.apply(new StoreCommand.Put("a", new byte[0], VersionCondition.ANY, 5), 0);
        assertEquals(List.of("syncing", "a=", "synced"), take(feed, 10));
        state.apply(new StoreCommand.Expire(1), 5);
        assertEquals(List.of("a absent"), take(feed, 10));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aListenerThatFollowsKnowsTheState(long seed) {
        Random random = new Random(seed);
        View view = new View();
        WatchFeed feed = feed("k", 20);
        for (int i = 0; i < 20_000; i++) {
            String key = "k" + random.nextInt(200);
            if (random.nextBoolean()) {
                put(key, "v" + i);
            } else {
                remove(key);
            }
            if (random.nextInt(10) == 0) {
                feed.take(state, 0, 1 + random.nextInt(30)).forEach(event -> event.deliver(view));
            }
        }
        while (!feed.isIdle()) {
            feed.take(state, 0, 7).forEach(event -> event.deliver(view));
        }
        Map<String, Long> expected = new HashMap<>();
        state.entries("k", null, 1000, 0).forEach(entry -> expected.put(entry.key(), entry.version()));
        assertEquals(expected, view.versions);
        assertFalse(view.syncing);
    }

    /** Keeps what a listener should know. */
    private static final class View implements WatchListener {

        private final Map<String, Long> versions = new HashMap<>();
        private final Set<String> unconfirmed = new HashSet<>();
        private final Map<String, Long> newest = new HashMap<>();
        private boolean syncing;

        @Override
        public void syncing() {
            syncing = true;
            unconfirmed.addAll(versions.keySet());
        }

        @Override
        public void present(StoreEntry entry) {
            assertTrue(newest.merge(entry.key(), entry.version(), Math::max) <= entry.version());
            versions.put(entry.key(), entry.version());
            unconfirmed.remove(entry.key());
        }

        @Override
        public void absent(String key, long version) {
            assertTrue(newest.merge(key, version, Math::max) <= version);
            versions.remove(key);
        }

        @Override
        public void synced() {
            syncing = false;
            versions.keySet().removeAll(unconfirmed);
            unconfirmed.clear();
        }
    }

    private WatchFeed feed(String prefix, int maxPending) {
        WatchFeed feed = new WatchFeed(prefix, maxPending);
        state.onChange(feed::changed);
        return feed;
    }

    private List<String> take(WatchFeed feed, int max) {
        List<String> taken = new ArrayList<>();
        for (WatchEvent event : feed.take(state, 0, max)) {
            event.deliver(new WatchListener() {
                @Override
                public void syncing() {
                    taken.add("syncing");
                }

                @Override
                public void present(StoreEntry entry) {
                    taken.add(entry.key() + "=" + new String(entry.value(), UTF_8));
                }

                @Override
                public void absent(String key, long version) {
                    taken.add(key + " absent");
                }

                @Override
                public void synced() {
                    taken.add("synced");
                }
            });
        }
        return taken;
    }

    private void put(String key, String value) {
        state.apply(new StoreCommand.Put(key, value.getBytes(UTF_8), VersionCondition.ANY, 0), 0);
    }

    private void remove(String key) {
        state.apply(new StoreCommand.Remove(key, VersionCondition.ANY), 0);
    }
}
