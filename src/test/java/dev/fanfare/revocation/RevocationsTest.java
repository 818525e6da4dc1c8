package dev.fanfare.revocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.local.LocalStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RevocationsTest {

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong added = new AtomicLong();
    private final LocalStore store = new LocalStore(
            16 * 1024 * 1024, null, () -> System.nanoTime() + added.get(), InstantSource.system(), StoreObserver.NONE);
    private final RevocationIndex index = new RevocationIndex();
    private final Revocations revocations = new Revocations(store, index, InstantSource.system());
    private final Instant now = Instant.ofEpochMilli(System.currentTimeMillis());

    @BeforeEach
    void open() {
        await(vertx.deployVerticle(store));
        await(deploy(revocations));
        await(revocations.synced());
    }

    private Future<String> deploy(Revocations verticle) {
        return vertx.deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER));
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private static <T extends @Nullable Object> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private Revocation of(RevocationKind kind, String subject, long since) {
        return new Revocation(kind, subject, null, "a reason", "ops", now, since, now.plusSeconds(60));
    }

    private @Nullable RevocationKind find(String user, long issuedAt) {
        return index.find("chat", user, TokenGrant.of("t", issuedAt, null));
    }

    private void eventually(@Nullable RevocationKind expected, String user, long issuedAt) {
        Awaitility.await().until(() -> find(user, issuedAt) == expected);
    }

    @Test
    void whatIsRevokedIsKnownAndReadUntilItIsLifted() {
        Revocation alice = await(revocations.add(of(RevocationKind.USER, "alice", 0)));
        eventually(RevocationKind.USER, "alice", 1);
        assertEquals(Optional.of(alice), await(revocations.get(alice.id())));
        assertTrue(await(revocations.lift(alice.id())));
        eventually(null, "alice", 1);
        assertFalse(await(revocations.lift(alice.id())));
        assertEquals(Optional.empty(), await(revocations.get(alice.id())));
        assertEquals(Optional.empty(), await(revocations.get("no id")));
        assertFalse(await(revocations.lift("no id")));
    }

    @Test
    void aRevocationEndsByItself() {
        await(revocations.add(of(RevocationKind.USER, "alice", 0)));
        eventually(RevocationKind.USER, "alice", 1);
        added.addAndGet(Duration.ofSeconds(61).toNanos());
        eventually(null, "alice", 1);
    }

    @Test
    void aLaterOneWithAnEarlierClockAdmitsNothingAgain() {
        await(revocations.add(of(RevocationKind.USER_TOKENS, "alice", 5000)));
        Revocation second = await(revocations.add(of(RevocationKind.USER_TOKENS, "alice", 1000)));
        assertEquals(5000, second.issuedBeforeSeconds());
        eventually(RevocationKind.USER_TOKENS, "alice", 5000);
    }

    @Test
    void revokingTheSameUserAtOnceKeepsTheLatest() {
        List<Future<Revocation>> all = IntStream.rangeClosed(1, 10)
                .mapToObj(second -> revocations.add(of(RevocationKind.USER_TOKENS, "alice", second)))
                .toList();
        await(Future.join(all));
        eventually(RevocationKind.USER_TOKENS, "alice", 10);
        assertNull(find("alice", 11));
    }

    @Test
    void pagesHaveAllOfThem() {
        for (int i = 0; i < 25; i++) {
            await(revocations.add(of(RevocationKind.TOKEN, "t" + i, 0)));
        }
        Awaitility.await().until(() -> index.size() == 25);
        TreeSet<String> subjects = new TreeSet<>();
        String last = null;
        int pages = 0;
        do {
            Revocations.RevocationPage page = await(revocations.list(null, last, 10));
            page.revocations().forEach(revocation -> subjects.add(revocation.subject()));
            last = page.last();
            pages++;
        } while (last != null);
        assertEquals(3, pages);
        assertEquals(25, subjects.size());
        assertEquals(List.of(), await(revocations.list("chat", null, 10)).revocations());
    }

    @Test
    void aNodeThatStartsLaterKnowsThemOnceItIsSynchronised() {
        await(revocations.add(of(RevocationKind.USER, "alice", 0)));
        RevocationIndex later = new RevocationIndex();
        Revocations other = new Revocations(store, later, InstantSource.system());
        await(deploy(other));
        await(other.synced());
        assertTrue(later.synced());
        assertEquals(RevocationKind.USER, later.find("chat", "alice", TokenGrant.NONE));
    }

    @Test
    void whatCannotBeReadDisturbsNothingElse() {
        await(store.put(
                "revocations/" + RevocationId.of(RevocationKind.USER, null, "x").text(),
                new byte[] {1},
                VersionCondition.ANY));
        await(store.put("revocations/strange", new byte[] {1}, VersionCondition.ANY));
        await(revocations.add(of(RevocationKind.USER, "alice", 0)));
        eventually(RevocationKind.USER, "alice", 1);
        assertEquals(1, index.size());
    }

    @Test
    void withoutAStoreWhatIsKnownStaysAndNewOnesFail() {
        await(revocations.add(of(RevocationKind.USER, "alice", 0)));
        eventually(RevocationKind.USER, "alice", 1);
        await(store.close());
        CompletionException refused = assertThrows(
                CompletionException.class, () -> await(revocations.add(of(RevocationKind.USER, "bob", 0))));
        assertInstanceOf(StoreUnavailableException.class, refused.getCause());
        assertEquals(RevocationKind.USER, find("alice", 1));
    }
}
