package dev.fanfare.revocation;

import dev.fanfare.config.Network;
import dev.fanfare.core.Fingerprint;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.session.TokenGrant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The revocations that this node knows. Any thread may ask, without locks; one thread at a time changes it. Bounded by
 * the store, of which it is a copy: about 100 bytes for each entry. See {@code src/docs/decisions/0052}.
 */
public final class RevocationIndex {

    private final Map<RevocationId, IndexedRevocation> entries = new ConcurrentHashMap<>();
    private final Map<String, HubRevocations> hubs = new ConcurrentHashMap<>();
    private final Networks networks = new Networks();
    private final AtomicIntegerArray counts = new AtomicIntegerArray(RevocationKind.values().length);
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private int generation;
    private volatile boolean synced;

    /** A hub with revocations of its own. */
    private static final class HubRevocations {
        private final String name;
        private final Fingerprint fingerprint;
        private int count;
        private final AtomicInteger networks = new AtomicInteger();

        HubRevocations(String name) {
            this.name = name;
            this.fingerprint = RevocationId.hubFingerprint(name);
        }
    }

    private static class IndexedRevocation {
        private final @Nullable HubRevocations hub;
        private final long issuedBeforeSeconds;
        private final int generation;

        IndexedRevocation(@Nullable HubRevocations hub, long issuedBeforeSeconds, int generation) {
            this.hub = hub;
            this.issuedBeforeSeconds = issuedBeforeSeconds;
            this.generation = generation;
        }
    }

    private static final class IndexedNetwork extends IndexedRevocation {
        private final Networks.Key network;

        IndexedNetwork(@Nullable HubRevocations hub, Network network, int generation) {
            super(hub, 0, generation);
            this.network = Networks.Key.of(hub == null ? null : hub.name, network);
        }
    }

    // ---- questions

    /** Whether everything has been read that the store had when this node started. Until then nothing may be admitted. */
    public boolean synced() {
        return synced;
    }

    /** How many revocations there are. */
    public int size() {
        int size = 0;
        for (int kind = 0; kind < counts.length(); kind++) {
            size += counts.get(kind);
        }
        return size;
    }

    /** Why a client of this hub is refused; null if it is not. */
    public @Nullable RevocationKind find(String hub, @Nullable String userId, TokenGrant grant) {
        if (entries.isEmpty()) {
            return null;
        }
        HubRevocations own = hubs.get(hub);
        if (grant.token() != null && isListed(RevocationKind.TOKEN, own, grant.token(), Long.MIN_VALUE)) {
            return RevocationKind.TOKEN;
        }
        if (userId != null && (has(RevocationKind.USER) || has(RevocationKind.USER_TOKENS))) {
            Fingerprint user = RevocationId.userFingerprint(userId);
            if (isListed(RevocationKind.USER, own, user, Long.MIN_VALUE)) {
                return RevocationKind.USER;
            }
            if (isListed(RevocationKind.USER_TOKENS, own, user, grant.issuedAtSeconds())) {
                return RevocationKind.USER_TOKENS;
            }
        }
        return grant.address() == null ? null : find(hub, grant.address());
    }

    /** Why clients from this address are refused; null if they are not. */
    public @Nullable RevocationKind find(String hub, byte[] address) {
        if (!has(RevocationKind.ADDRESSES)) {
            return null;
        }
        HubRevocations own = hubs.get(hub);
        boolean listed = networks.contains(null, address)
                || (own != null && own.networks.get() > 0 && networks.contains(hub, address));
        return listed ? RevocationKind.ADDRESSES : null;
    }

    /** Whether a token for the REST API is refused. A hub's revocations are for its clients only. */
    public boolean isRevoked(String tokenId) {
        return has(RevocationKind.TOKEN)
                && isListed(RevocationKind.TOKEN, null, TokenGrant.tokenFingerprint(tokenId), Long.MIN_VALUE);
    }

    private boolean has(RevocationKind kind) {
        return counts.get(kind.number()) > 0;
    }

    private boolean isListed(
            RevocationKind kind, @Nullable HubRevocations hub, Fingerprint subject, long issuedAtSeconds) {
        return has(kind)
                && (isListed(RevocationId.of(kind, RevocationId.ALL_HUBS, subject), issuedAtSeconds)
                        || (hub != null && isListed(RevocationId.of(kind, hub.fingerprint, subject), issuedAtSeconds)));
    }

    private boolean isListed(RevocationId id, long issuedAtSeconds) {
        IndexedRevocation entry = entries.get(id);
        return entry != null && issuedAtSeconds <= entry.issuedBeforeSeconds;
    }

    /**
     * The next ids in their order. Visits all entries: not for event loops.
     *
     * @param hub null for those of all hubs and of each
     * @param after the id before the first one; null from the start
     */
    List<RevocationId> page(@Nullable String hub, @Nullable RevocationId after, int limit) {
        PriorityQueue<RevocationId> first = new PriorityQueue<>(Comparator.reverseOrder());
        entries.forEach((id, entry) -> {
            if ((hub == null || (entry.hub != null && hub.equals(entry.hub.name)))
                    && (after == null || id.compareTo(after) > 0)) {
                first.add(id);
                if (first.size() > limit) {
                    first.remove();
                }
            }
        });
        RevocationId[] page = first.toArray(RevocationId[]::new);
        Arrays.sort(page);
        return List.of(page);
    }

    /** Adds a listener that is called when something may have to be refused that was not before. It must not block. */
    public void onAdded(Runnable listener) {
        listeners.add(listener);
    }

    // ---- changes

    /** A synchronisation begins; what is known stays until it ends. */
    void syncing() {
        generation++;
    }

    /** The synchronisation has ended: everything that was not reported since it began is gone. */
    public void completeSync() {
        entries.forEach((id, entry) -> {
            if (entry.generation != generation) {
                remove(id);
            }
        });
        synced = true;
    }

    /** Adds or replaces a revocation. */
    void put(RevocationId id, Revocation revocation) {
        IndexedRevocation entry = entry(revocation);
        IndexedRevocation former = entries.get(id);
        if (former == null) {
            enter(revocation.kind(), entry);
        }
        entries.put(id, entry);
        if (former == null || former.issuedBeforeSeconds < entry.issuedBeforeSeconds) {
            listeners.forEach(Runnable::run);
        }
    }

    private IndexedRevocation entry(Revocation revocation) {
        HubRevocations hub =
                revocation.hub() == null ? null : hubs.computeIfAbsent(revocation.hub(), HubRevocations::new);
        if (revocation.kind() == RevocationKind.ADDRESSES) {
            Network network = Objects.requireNonNull(Network.parse(revocation.subject()), "checked when it was made");
            return new IndexedNetwork(hub, network, generation);
        }
        return new IndexedRevocation(hub, revocation.issuedBeforeSeconds(), generation);
    }

    /** Counts first, so that no question that sees the entry is skipped. */
    private void enter(RevocationKind kind, IndexedRevocation entry) {
        counts.incrementAndGet(kind.number());
        if (entry.hub != null) {
            entry.hub.count++;
        }
        if (entry instanceof IndexedNetwork addresses) {
            if (entry.hub != null) {
                entry.hub.networks.incrementAndGet();
            }
            networks.add(addresses.network);
        }
    }

    void remove(RevocationId id) {
        IndexedRevocation entry = entries.remove(id);
        if (entry == null) {
            return;
        }
        counts.decrementAndGet(id.kind().number());
        if (entry instanceof IndexedNetwork addresses) {
            networks.remove(addresses.network);
            if (entry.hub != null) {
                entry.hub.networks.decrementAndGet();
            }
        }
        if (entry.hub != null && --entry.hub.count == 0) {
            hubs.remove(entry.hub.name);
        }
    }
}
