package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.broker.wire.SessionWire;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.testkit.Endurance;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reliable client reconnects on another event loop while others publish, call the API and reconnect too. */
class SessionMoveTest {

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(3);
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    @Test
    void aClientFindsItsMessagesAtAnotherEventLoop() throws Exception {
        FakeSocket old = shards.connect(0, "g");
        Claim claim = Shards.claim(old);
        shards.publish("one");
        await().until(() -> Shards.messages(old).size() == 1);
        old.cut();
        shards.publish("two");
        FakeSocket fresh = shards.recover(1, claim);
        shards.publish("three");
        await().until(() -> Shards.messages(fresh).size() == 3);
        assertEquals(List.of("one", "two", "three"), Shards.texts(fresh));
        assertTrue(fresh.frames().get(0).contains("\"event\":\"connected\""));
        assertEquals(1, shards.metrics.count("handshake RECOVERED"));
    }

    @Test
    void whatIsForwardedBeforeTheSessionItselfIsKept() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> shards.metrics.count("detached TAKEN_OVER") == 1);
        shards.publish("early");
        await().until(() -> shards.broker.inFlightBytes() == 0);
        hold.complete();
        shards.publish("late");
        await().until(() -> Shards.messages(fresh).size() == 2);
        assertEquals(List.of("early", "late"), Shards.texts(fresh));
    }

    /** A third node may still receive the publication. */
    @Test
    void whatWasForwardedIsKnownToWhoeverIsGivenTheSessionNext() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> shards.metrics.count("detached TAKEN_OVER") == 1);
        Broker.Origin origin = shards.origin();
        origin.publish(Selector.group(Shards.HUB, "g"), Shards.text("one"));
        origin.publish(Selector.group(Shards.HUB, "g"), Shards.text("two"));
        await().until(() -> shards.broker.inFlightBytes() == 0);
        hold.complete();
        await().until(() -> Shards.messages(fresh).size() == 2);
        Future<Optional<SessionState>> next = shards.shard(1).claim(claim, shards.shard(2));
        assertEquals(
                List.of(2L), List.copyOf(Shards.get(next).orElseThrow().heard().values()));
        Shards.get(shards.shard(1).release(claim.connectionId()));
    }

    /** The other node no longer needed the session when it arrived. */
    @Test
    void aSessionThatIsNotTakenGoesOnWithAllThatCameMeanwhile() throws Exception {
        FakeSocket old = shards.connect(0, "g");
        Claim claim = Shards.claim(old);
        shards.publish("one");
        await().until(() -> Shards.messages(old).size() == 1);
        OtherNode other = new OtherNode();
        assertTrue(Shards.get(shards.shard(0).claim(claim, other)).isPresent());
        shards.publish("two");
        await().until(() -> other.forwarded.get() == 1);
        Shards.get(shards.shard(0).reinstate(claim.connectionId()));
        shards.publish("three");
        FakeSocket fresh = shards.recover(1, claim);
        shards.publish("four");
        await().until(() -> Shards.messages(fresh).size() == 4);
        assertEquals(List.of("one", "two", "three", "four"), Shards.texts(fresh));
        assertEquals(1, other.forwarded.get());
        close(claim);
        shards.awaitNothingLeft();
    }

    @Test
    void aClientBackAtTheGiverGetsItsSessionIfItIsNotTaken() throws Exception {
        FakeSocket old = shards.connect(0, "g");
        Claim claim = Shards.claim(old);
        shards.publish("one");
        await().until(() -> Shards.messages(old).size() == 1);
        assertTrue(Shards.get(shards.shard(0).claim(claim, new OtherNode())).isPresent());
        Promise<Void> decided = Promise.promise();
        shards.subscriptions.claiming = decided.future();
        FakeSocket fresh = shards.recover(0, claim);
        Shards.get(shards.shard(0).reinstate(claim.connectionId()));
        decided.complete();
        shards.publish("two");
        await().until(() -> Shards.messages(fresh).size() == 2);
        assertEquals(List.of("one", "two"), Shards.texts(fresh));
        close(claim);
        shards.awaitNothingLeft();
    }

    @Test
    void aSessionThatIsNotTakenEndsOnceWhenItsClientStaysAway() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        OtherNode other = new OtherNode();
        Shards.get(shards.shard(0).claim(claim, other));
        shards.pass(120_000);
        assertEquals(0, shards.metrics.count("closed"));
        Shards.get(shards.shard(0).reinstate(claim.connectionId()));
        Shards.get(shards.shard(0).release(claim.connectionId()));
        shards.pass(120_000);
        await().until(() -> shards.metrics.count("closed") == 1);
        shards.awaitNothingLeft();
    }

    @Test
    void aSessionThatIsNotTakenAndHasAGapEnds() throws Exception {
        shards.close();
        shards = new Shards(2, d -> new Shards.Limits(0, 10, d.outboundBytes(), 10_000, 1000, d.inFlightBytes()));
        Claim claim = Shards.claim(shards.connect(0, "g"));
        OtherNode other = new OtherNode();
        Shards.get(shards.shard(0).claim(claim, other));
        for (int i = 0; i < 20; i++) {
            shards.publish("x".repeat(1000));
        }
        await().until(() -> other.forwarded.get() == 20);
        Shards.get(shards.shard(0).reinstate(claim.connectionId()));
        shards.awaitNothingLeft();
    }

    /** A node that the barrier skipped as silent resumes, and forwards what has arrived here already. */
    @Test
    void whatIsForwardedTooLateDoesNotComeTwice() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> !fresh.frames().isEmpty());
        Selector group = Selector.group(Shards.HUB, "g");
        shards.publish("one");
        await().until(() -> Shards.messages(fresh).size() == 1);
        Publication second = new Publication(group, Shards.text("two"), 99, 2);
        shards.shard(1).deliver(new Delivery(second));
        await().until(() -> Shards.messages(fresh).size() == 2);
        Publication first = new Publication(group, Shards.text("overtaken"), 99, 1);
        shards.shard(1).forward(claim.connectionId(), new Delivery(first));
        shards.shard(1).forward(claim.connectionId(), new Delivery(second));
        shards.publish("three");
        await().until(() -> Shards.messages(fresh).size() == 3);
        assertEquals(List.of("one", "two", "three"), Shards.texts(fresh));
    }

    @Test
    void moreThanASessionHoldsIsNotKeptEither() throws Exception {
        shards.close();
        shards = new Shards(2, d -> new Shards.Limits(0, 10, d.outboundBytes(), 10_000, 1000, d.inFlightBytes()));
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> shards.metrics.count("detached TAKEN_OVER") == 1);
        for (int i = 0; i < 100; i++) {
            shards.publish("x".repeat(1000));
        }
        await().until(() -> shards.broker.inFlightBytes() == 0);
        hold.complete();
        await().until(() -> fresh.closeCode() == CloseReason.UNACKNOWLEDGED_OVERFLOW.code());
        shards.awaitNothingLeft();
    }

    @Test
    void aSecondClientOfASessionTakesOverAtTheSameEventLoop() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket first = shards.recover(1, claim);
        FakeSocket second = shards.recover(1, claim);
        hold.complete();
        shards.publish("one");
        await().until(() -> Shards.messages(second).size() == 1);
        assertTrue(first.aborted());
        assertEquals(0, second.closeCode());
    }

    @Test
    void aSessionThatHasNotArrivedYetMovesOnWhenItHas() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.subscribing = address -> hold.future();
        FakeSocket first = shards.recover(1, claim);
        await().until(() -> !first.frames().isEmpty());
        shards.publish("one");
        await().until(() -> Shards.messages(first).size() == 1);
        FakeSocket back = shards.recover(0, claim);
        FakeSocket third = shards.recover(2, claim);
        shards.publish("two");
        await().until(() -> Shards.messages(first).size() == 2);
        assertEquals(List.of(), back.frames());
        hold.complete();
        shards.publish("three");
        await().until(() ->
                Shards.messages(third).size() == 3 || Shards.messages(back).size() == 3);
        assertTrue(first.aborted());
        FakeSocket last = third.aborted() ? back : third;
        shards.publish("four");
        await().until(() -> Shards.messages(last).size() == 4);
        assertEquals(List.of("one", "two", "three", "four"), Shards.texts(last));
        close(claim);
        shards.awaitNothingLeft();
    }

    @Test
    void aClientThatDiesWhileItsSessionComesMayTryAgain() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket dead = shards.recover(1, claim);
        dead.cut();
        shards.publish("one");
        hold.complete();
        FakeSocket fresh = shards.recover(2, claim);
        await().until(() -> Shards.messages(fresh).size() == 1);
        close(claim);
        shards.awaitNothingLeft();
    }

    @Test
    void aFailedRegistrationIsReportedAndTheFormerOwnerForgetsIt() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        int slot = shards.subscriptions.groupSlot(Shards.HUB, "g");
        shards.subscriptions.fail(each -> each == slot);
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> fresh.closeCode() == CloseReason.INTERNAL_ERROR.code());
        shards.awaitNothingLeft();
        shards.subscriptions.fail(each -> false);
        FakeSocket other = shards.connect(1, "g");
        shards.publish("one");
        await().until(() -> other.frames().size() == 2);
    }

    @Test
    void aWrongTokenMovesNothing() throws Exception {
        FakeSocket old = shards.connect(0, "g");
        Claim claim = Shards.claim(old);
        Claim wrong = new Claim(claim.hub(), claim.connectionId(), "wrong", claim.subprotocol());
        FakeSocket stranger = shards.recover(1, wrong);
        FakeSocket neighbour = shards.recover(0, wrong);
        await().until(() -> stranger.closeCode() == 1008 && neighbour.closeCode() == 1008);
        assertFalse(old.aborted());
        assertEquals(2, shards.metrics.count("handshake RECOVERY_REFUSED"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSessionWhoseTokenHasEndedIsNotRecovered(int shard) throws Exception {
        shards.endsAtMillis = shards.wallMillis.get() + 1000;
        Claim claim = Shards.claim(shards.connect(0, "g"));
        shards.wallMillis.addAndGet(1000);
        FakeSocket late = shards.recover(shard, claim);
        await().until(() -> late.closeCode() == 1008);
        assertEquals(0, shards.metrics.count("handshake RECOVERED"));
        shards.awaitNothingLeft();
    }

    @Test
    void ofManyWhoClaimOneSessionTheNewestHasItAndTheOthersAreLetGo() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        List<FakeSocket> rivals = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            rivals.add(shards.recover(1, claim));
        }
        await().until(() -> rivals.subList(1, 4).stream().allMatch(FakeSocket::aborted));
        await("sockets that wait for a session are counted").until(() -> shards.admission.waiting() == 2);
        hold.complete();
        FakeSocket newest = rivals.get(4);
        await().until(() -> !newest.frames().isEmpty());
        shards.publish("one");
        await().until(() -> Shards.messages(newest).size() == 1);
        assertTrue(rivals.get(0).aborted());
        assertEquals(0, shards.admission.waiting());
        assertEquals(1, shards.admission.count());
    }

    @Test
    void operationsSeeASessionThatIsOnItsWay() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> shards.metrics.count("detached TAKEN_OVER") == 1);
        Future<?> closed = shards.broker.ask(
                Selector.connection(Shards.HUB, claim.connectionId()),
                new Operation.Close(CloseReason.CLOSED_BY_API, "enough"));
        hold.complete();
        Shards.get(closed);
        await().until(() -> fresh.closeCode() == 1000);
        assertEquals("enough", fresh.closeReason());
        shards.awaitNothingLeft();
    }

    @Test
    void operationsThatCannotMeanASessionOnItsWayDoNotWaitForIt() throws Exception {
        FakeSocket other = shards.connect(1, "g");
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> shards.metrics.count("detached TAKEN_OVER") == 1);
        Operation count = new Operation.Count();
        Selector one = Selector.connection(Shards.HUB, Shards.connectionId(other));
        assertEquals(1, shards.ask(one, count).matched());
        assertEquals(0, shards.ask(Selector.hub("another"), count).matched());
        assertEquals(
                1,
                shards.ask(Selector.hub(Shards.HUB).without(Set.of(claim.connectionId())), count)
                        .matched());
        Future<OperationResult> all = shards.broker.ask(Selector.hub(Shards.HUB), count);
        assertFalse(fresh.closeCode() != 0 || all.isComplete());
        hold.complete();
        assertEquals(2, Shards.get(all).matched());
    }

    @Test
    void aSessionThatComesWhileItsShardStopsIsClosed() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket fresh = shards.recover(1, claim);
        Promise<Void> stopped = Promise.promise();
        shards.on(1, () -> shards.shard(1).stop(0, 1000, false).onComplete(stopped));
        hold.complete();
        Shards.get(stopped.future());
        assertEquals(CloseReason.SHUTDOWN.code(), fresh.closeCode());
        shards.awaitNothingLeft();
    }

    @Test
    void aSessionWithoutASocketIsFetchedFromAShardThatStops() throws Exception {
        FakeSocket old = shards.connect(0, "g");
        Claim claim = Shards.claim(old);
        old.cut();
        await().until(() -> shards.metrics.count("detached CONNECTION_LOST") == 1);
        shards.publish("one");
        Future<Void> stopped = handOver(0, 10_000);
        FakeSocket fresh = shards.recover(1, claim);
        shards.publish("two");
        await().until(() -> Shards.messages(fresh).size() == 2);
        assertEquals(List.of("one", "two"), Shards.texts(fresh));
        Shards.get(stopped);
    }

    @Test
    void aShardThatStopsForwardsForASessionUntilItIsReleased() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        OtherNode other = new OtherNode();
        Shards.get(shards.shard(0).claim(claim, other));
        Future<Void> stopped = handOver(0, 10_000);
        shards.publish("one");
        await().until(() -> other.forwarded.get() == 1);
        assertFalse(stopped.isComplete());
        Shards.get(shards.shard(0).release(claim.connectionId()));
        Shards.get(stopped);
        assertEquals(1, shards.metrics.count("moved OUT"));
        assertEquals(0, shards.metrics.count("closed"));
    }

    @Test
    void aSessionThatIsNotTakenFromAShardThatStopsWaitsForItsClient() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        OtherNode other = new OtherNode();
        Shards.get(shards.shard(0).claim(claim, other));
        Future<Void> stopped = handOver(0, 10_000);
        shards.publish("one");
        await().until(() -> other.forwarded.get() == 1);
        Shards.get(shards.shard(0).reinstate(claim.connectionId()));
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> Shards.messages(fresh).size() == 1);
        Shards.get(stopped);
        assertEquals(0, shards.metrics.count("closed"));
    }

    @Test
    void aSessionGivenAwayAtTheStopDeadlineEndsOnceIfItIsNotTaken() throws Exception {
        Claim waiting = Shards.claim(shards.connect(0, "g"));
        Claim given = Shards.claim(shards.connect(0, "g"));
        OtherNode other = new OtherNode();
        Shards.get(shards.shard(0).claim(given, other));
        Future<Void> stopped = handOver(0, 1);
        await("the session that nobody fetches ends")
                .until(() -> shards.ask(Selector.connection(Shards.HUB, waiting.connectionId()), new Operation.Count())
                                .matched()
                        == 0);
        shards.publish("one");
        await().until(() -> other.forwarded.get() == 1);
        assertFalse(stopped.isComplete());
        assertEquals(1, shards.metrics.count("closed"));
        Shards.get(shards.shard(0).reinstate(given.connectionId()));
        Shards.get(stopped);
        assertEquals(2, shards.metrics.count("closed SHUTDOWN"));
        shards.awaitNothingLeft();
    }

    @Test
    void aStoppingShardWaitsForASessionWhoseClientHasGone() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.claiming = hold.future();
        FakeSocket dead = shards.recover(1, claim);
        await().until(() -> shards.metrics.count("detached TAKEN_OVER") == 1);
        dead.cut();
        Future<Void> stopped = handOver(1, 10_000);
        shards.publish("one");
        await().until(() -> shards.broker.inFlightBytes() == 0);
        assertFalse(stopped.isComplete());
        hold.complete();
        FakeSocket fresh = shards.recover(2, claim);
        await().until(() -> Shards.messages(fresh).size() == 1);
        Shards.get(stopped);
        assertEquals(0, shards.metrics.count("closed"));
    }

    /** A shard stops while there are other nodes: sessions may be claimed for three quarters of the time. */
    private Future<Void> handOver(int shard, long withinMillis) throws Exception {
        Promise<Void> stopped = Promise.promise();
        return shards.on(shard, () -> {
            shards.shard(shard).stop(0, withinMillis, true).onComplete(stopped);
            return stopped.future();
        });
    }

    /** A node that was given up had taken the session, which resumed here and which that node returns after all. */
    @Test
    void aSessionThatIsHereAndAtAnotherNodeGoesOnOnce() throws Exception {
        Claim claim = Shards.claim(shards.connect(0, "g"));
        shards.publish("one");
        OtherNode other = new OtherNode();
        SessionState state =
                copy(Shards.get(shards.shard(0).claim(claim, other)).orElseThrow());
        Promise<Optional<Subscriptions.Claimed>> answer = Promise.promise();
        shards.subscriptions.claimed = answer.future();
        FakeSocket fresh = shards.recover(0, claim);
        Shards.get(shards.shard(0).barrier());
        Shards.get(shards.shard(0).reinstate(claim.connectionId()));
        answer.complete(Optional.of(new Subscriptions.Claimed(state, true, Future::succeededFuture)));
        await().until(() -> !fresh.frames().isEmpty());
        shards.publish("two");
        await().until(() -> Shards.texts(fresh).equals(List.of("one", "two")));
        assertEquals(0, shards.metrics.count("bug"));
        assertEquals(1, shards.admission.count());
        close(claim);
        await().until(() -> shards.admission.count() == 0);
        assertEquals(0, shards.groups.size());
    }

    private static SessionState copy(SessionState state) throws WireException {
        return SessionWire.read(
                WireReader.of(WireWriter.toBytes(WireVersions.OURS.current(), out -> SessionWire.write(out, state))));
    }

    @Test
    void nothingIsLostDoubledOrReorderedWhateverMoves() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        FakeSocket socket = shards.connect(0, "g", "h", "i");
        for (int shard = 0; shard < 3; shard++) {
            shards.connect(shard, "g"); // so that some shards already subscribe to the groups
        }
        Claim claim = Shards.claim(socket);
        AtomicBoolean go = new AtomicBoolean(true);
        AtomicInteger published = new AtomicInteger();
        AtomicInteger allowed = new AtomicInteger();
        Thread publisher = new Thread(() -> {
            Broker.Origin origin = shards.origin();
            while (go.get()) {
                if (published.get() < allowed.get()) {
                    String group = String.valueOf((char) ('g' + published.get() % 3));
                    origin.publish(Selector.group(Shards.HUB, group), Shards.text("n" + published.getAndIncrement()));
                }
                LockSupport.parkNanos(10_000);
            }
        });
        publisher.start();
        TreeMap<Long, String> heard = new TreeMap<>();
        List<FakeSocket> sockets = new ArrayList<>(List.of(socket));
        for (int move = 0; move < Endurance.count(60, 600); move++) {
            int half = allowed.addAndGet(40) - 20;
            while (published.get() < half) {
                Thread.onSpinWait();
            }
            FakeSocket last = sockets.get(sockets.size() - 1);
            Shards.messages(last).forEach((id, text) -> hears(heard, id, text));
            if (!heard.isEmpty()) {
                last.say("{\"type\":\"sequenceAck\",\"sequenceId\":" + heard.lastKey() + "}");
            }
            if (random.nextBoolean()) {
                last.cut();
            }
            if (random.nextInt(5) == 0) {
                sockets.add(shards.recover(random.nextInt(3), claim)); // replaced at once by a newer socket
            }
            sockets.add(shards.recover(random.nextInt(3), claim));
        }
        go.set(false);
        publisher.join();
        await().untilAsserted(() -> {
            for (FakeSocket one : sockets) {
                Shards.messages(one).forEach((id, text) -> hears(heard, id, text));
            }
            assertEquals(published.get(), heard.size());
        });
        int number = 0;
        for (Map.Entry<Long, String> message : heard.entrySet()) {
            assertEquals(number + 1, message.getKey());
            assertEquals("n" + number++, message.getValue());
        }
        assertEquals(0, shards.metrics.count("handshake RECOVERY_REFUSED"));
        assertEquals(0, shards.metrics.count("bug"));
        close(claim);
        await().until(() -> shards.ask(Selector.hub(Shards.HUB), new Operation.Close(CloseReason.CLOSED_BY_API, ""))
                        .matched()
                == 0);
        shards.awaitNothingLeft();
    }

    private static void hears(SortedMap<Long, String> heard, long id, String text) {
        String before = heard.put(id, text);
        assertTrue(before == null || before.equals(text), () -> "id " + id + " was " + before + " and is " + text);
    }

    private void close(Claim claim) throws Exception {
        shards.ask(
                Selector.connection(Shards.HUB, claim.connectionId()),
                new Operation.Close(CloseReason.CLOSED_BY_API, "done"));
    }
}
