package dev.fanfare.revocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.session.TokenGrant;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RevocationIndexTest {

    private final RevocationIndex index = new RevocationIndex();

    private static Revocation revocation(RevocationKind kind, String subject, @Nullable String hub, long since) {
        Instant now = Instant.EPOCH;
        return new Revocation(kind, subject, hub, null, null, now, since, now.plusSeconds(1000));
    }

    private Revocation add(RevocationKind kind, String subject, @Nullable String hub) {
        return add(kind, subject, hub, 0);
    }

    private Revocation add(RevocationKind kind, String subject, @Nullable String hub, long since) {
        Revocation revocation = revocation(kind, subject, hub, since);
        index.put(revocation.key(), revocation);
        return revocation;
    }

    private static TokenGrant token(String id, long issuedAt) {
        return TokenGrant.of(id, issuedAt, null);
    }

    private static byte[] address(String text) throws UnknownHostException {
        return InetAddress.getByName(text).getAddress();
    }

    @Test
    void aRevokedTokenIsRefusedAtEveryHub() {
        add(RevocationKind.TOKEN, "t1", null);
        assertEquals(RevocationKind.TOKEN, index.find("chat", null, token("t1", 5)));
        assertEquals(RevocationKind.TOKEN, index.find("news", "alice", token("t1", 5)));
        assertNull(index.find("chat", "alice", token("t2", 5)));
        assertTrue(index.isRevoked("t1"));
        assertFalse(index.isRevoked("t2"));
    }

    @Test
    void aRevocationOfAHubIsForThatHubOnly() {
        Revocation revocation = add(RevocationKind.USER, "alice", "chat");
        assertEquals(RevocationKind.USER, index.find("chat", "alice", TokenGrant.NONE));
        assertNull(index.find("news", "alice", TokenGrant.NONE));
        index.remove(revocation.key());
        assertNull(index.find("chat", "alice", TokenGrant.NONE));
        assertEquals(0, index.size());
    }

    @Test
    void tokensOfAUserAreRefusedUpToTheSecond() {
        add(RevocationKind.USER_TOKENS, "alice", null, 100);
        assertEquals(RevocationKind.USER_TOKENS, index.find("chat", "alice", token("t", 99)));
        assertEquals(RevocationKind.USER_TOKENS, index.find("chat", "alice", token("t", 100)));
        assertNull(index.find("chat", "alice", token("t", 101)));
        assertNull(index.find("chat", "bob", token("t", 1)));
        assertNull(index.find("chat", null, token("t", 1)));
    }

    @Test
    void aTokenThatDoesNotSayWhenItWasIssuedIsAnOldOne() {
        add(RevocationKind.USER_TOKENS, "alice", null, 100);
        assertEquals(RevocationKind.USER_TOKENS, index.find("chat", "alice", token("t", TokenGrant.UNKNOWN)));
        assertEquals(RevocationKind.USER_TOKENS, index.find("chat", "alice", TokenGrant.NONE));
    }

    @Test
    void subjectsOfDifferentKindsAreDifferent() {
        add(RevocationKind.TOKEN, "alice", null);
        assertNull(index.find("chat", "alice", token("t", 1)));
        add(RevocationKind.USER, "t", null);
        assertNull(index.find("chat", "alice", token("t", 1)));
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.0/24, 203.0.113.0, true",
        "203.0.113.0/24, 203.0.113.255, true",
        "203.0.113.0/24, 203.0.112.255, false",
        "203.0.113.0/24, 203.0.114.0, false",
        "203.0.113.7/32, 203.0.113.7, true",
        "203.0.113.7/32, 203.0.113.6, false",
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "2001:db8::/32, 2001:db8:ffff::1, true",
        "2001:db8::/32, 2001:db9::1, false",
        "2001:db8::/64, 2001:db8::ffff:1, true",
        "2001:db8::/64, 2001:db8:0:1::1, false",
        "2001:db8::8/125, 2001:db8::f, true",
        "2001:db8::8/125, 2001:db8::10, false",
        "2001:db8::1/128, 2001:db8::1, true",
        "0.0.0.0/8, ::1, false",
    })
    void addressesOfANetworkAreRefused(String network, String address, boolean refused) throws Exception {
        Revocation revocation = add(RevocationKind.ADDRESSES, network, null);
        RevocationKind expected = refused ? RevocationKind.ADDRESSES : null;
        assertEquals(expected, index.find("chat", address(address)));
        assertEquals(expected, index.find("chat", "alice", TokenGrant.of("t", 1, address(address))));
        index.remove(revocation.key());
        assertNull(index.find("chat", address(address)));
    }

    @Test
    void aNetworkOfAHubIsForThatHubOnly() throws Exception {
        add(RevocationKind.ADDRESSES, "203.0.113.0/24", "chat");
        assertEquals(RevocationKind.ADDRESSES, index.find("chat", address("203.0.113.9")));
        assertNull(index.find("news", address("203.0.113.9")));
    }

    @Test
    void aSynchronisationKeepsWhatIsKnownUntilItEnds() {
        add(RevocationKind.USER, "lifted", null);
        add(RevocationKind.USER, "kept", null);
        assertFalse(index.synced());
        index.syncing();
        add(RevocationKind.USER, "kept", null);
        assertEquals(RevocationKind.USER, index.find("chat", "lifted", TokenGrant.NONE));
        index.completeSync();
        assertTrue(index.synced());
        assertNull(index.find("chat", "lifted", TokenGrant.NONE));
        assertEquals(RevocationKind.USER, index.find("chat", "kept", TokenGrant.NONE));
        assertEquals(1, index.size());
    }

    @Test
    void listenersAreCalledForWhatIsNewOnly() {
        AtomicInteger calls = new AtomicInteger();
        index.onAdded(calls::incrementAndGet);
        Revocation revocation = add(RevocationKind.USER_TOKENS, "alice", null, 100);
        assertEquals(1, calls.get());
        add(RevocationKind.USER_TOKENS, "alice", null, 100);
        assertEquals(1, calls.get(), "repeated, as in a synchronisation");
        add(RevocationKind.USER_TOKENS, "alice", null, 101);
        assertEquals(2, calls.get(), "refuses more than before");
        index.remove(revocation.key());
        assertEquals(2, calls.get());
    }

    @Test
    void pagesHaveEachIdOnceAndInOrder() {
        for (int i = 0; i < 1000; i++) {
            add(RevocationKind.USER, "user" + i, i % 4 == 0 ? "chat" : null);
        }
        assertEquals(1000, ids(null, 7).size());
        assertEquals(250, ids("chat", 100).size());
        assertEquals(0, ids("news", 100).size());
    }

    private List<RevocationId> ids(@Nullable String hub, int size) {
        List<RevocationId> all = new ArrayList<>();
        List<RevocationId> page = index.page(hub, null, size);
        while (!page.isEmpty()) {
            for (RevocationId id : page) {
                assertTrue(all.isEmpty() || all.get(all.size() - 1).compareTo(id) < 0, "order");
                all.add(id);
            }
            page = index.page(hub, all.get(all.size() - 1), size);
        }
        return all;
    }

    @Test
    void idsAreTextsThatComeBackAndNothingElseIs() {
        for (RevocationKind kind : RevocationKind.values()) {
            RevocationId id = RevocationId.of(kind, "chat", "subject");
            assertEquals(id, RevocationId.parse(id.text()));
            assertEquals(kind, id.kind());
            assertEquals(22, id.text().length());
        }
        for (String text :
                List.of("", "a", "?".repeat(22), "A".repeat(23), "A".repeat(21) + "B", "_".repeat(21) + "w")) {
            assertNull(RevocationId.parse(text), text);
        }
    }
}
