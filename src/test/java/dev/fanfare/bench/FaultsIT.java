package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fanfare.bench.FaultyServer.Fault;
import dev.fanfare.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of a server are found and counted exactly. */
@Timeout(180)
final class FaultsIT {

    private static final int MEMBERS = 3;
    private static final int MESSAGES = 100;

    @Test
    void whatIsRightIsFoundRight() throws Exception {
        expect(Fault.NONE, 0, 0, 0);
    }

    @Test
    void lostMessagesAreCountedAndMakeTheRunInvalid() throws Exception {
        BenchReport benchReport = expect(Fault.LOSES, MESSAGES / 10, 0, 0);

        assertEquals(MEMBERS * MESSAGES * 9 / 10, benchReport.messages().delivered());
        assertReason("30 deliveries were lost or came too late, and the latencies know nothing of that", benchReport);
    }

    @Test
    void doubledMessagesAreCountedOnceAsDelivered() throws Exception {
        BenchReport benchReport = expect(Fault.DOUBLES, 0, MESSAGES / 10, 0);

        assertEquals(MEMBERS * MESSAGES, benchReport.messages().delivered());
    }

    @Test
    void overtakenMessagesAreOutOfOrder() throws Exception {
        BenchReport benchReport = expect(Fault.REORDERS, 0, 0, MESSAGES / 10);

        assertEquals(MEMBERS * MESSAGES, benchReport.messages().delivered());
    }

    @Test
    void connectionsThatEndEarlyMakeTheRunInvalidAndSayWhy() throws Exception {
        try (FaultyServer server = new FaultyServer(Fault.CLOSES)) {
            BenchReport benchReport = Bench.run(plan(server.url(), Duration.ofSeconds(10)), RunObserver.NONE);

            assertEquals(MEMBERS, benchReport.connections().closedEarly());
            assertEquals(
                    Map.of("closed: the server closed with 1001 bye!", (long) MEMBERS),
                    benchReport.connections().problems());
            assertReason("3 connections ended before their time", benchReport);
        }
    }

    @Test
    void aServerThatRefusesAllLeavesNothingToMeasure() throws Exception {
        assertNothingOpens(Fault.REFUSES, "no connection could be opened: refused with 418 I'm a teapot: short");
    }

    @Test
    void aServerThatAnswersAnotherKeyIsNoWebSocketServer() throws Exception {
        assertNothingOpens(
                Fault.ACCEPTS_WRONGLY,
                "no connection could be opened: the answer has another Sec-WebSocket-Accept than the key asks for");
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUp() throws Exception {
        assertNothingOpens(Fault.IS_SILENT, "no connection could be opened: not ready in time");
    }

    @Test
    void noServerIsToldPlainly() throws Exception {
        int port = FreePorts.take(1).get(0);
        Plan plan = plan(URI.create("ws://127.0.0.1:" + port + "/"), Duration.ofSeconds(10));
        IOException thrown = assertThrows(IOException.class, () -> Bench.run(plan, RunObserver.NONE));

        assertTrue(String.valueOf(thrown.getMessage()).contains("Connection refused"), thrown::toString);
    }

    @Test
    void connectionsComeInTurnFromWhereTheyAreTold() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "all of 127/8 is this machine");
        InetAddress one = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        InetAddress other = InetAddress.getByAddress(new byte[] {127, 0, 0, 3});
        try (FaultyServer server = new FaultyServer(Fault.NONE)) {
            Plan plan = plan(server.url(), Duration.ofSeconds(20));
            Plan.Endpoints endpoints =
                    new Plan.Endpoints(server.url(), LoadSubprotocol.RAW, Tokens.same(""), List.of(one, other), null);
            Bench.run(new Plan(Mode.IDLE, endpoints, plan.load(), plan.timing(), 1), RunObserver.NONE);

            assertEquals(Set.of(one, other), server.clients());
        }
    }

    private static void assertNothingOpens(Fault fault, String message) throws Exception {
        try (FaultyServer server = new FaultyServer(fault)) {
            Plan plan = plan(server.url(), Duration.ofMillis(fault == Fault.IS_SILENT ? 200 : 20_000));
            IOException thrown = assertThrows(IOException.class, () -> Bench.run(plan, RunObserver.NONE));
            assertEquals(message, thrown.getMessage());
        }
    }

    /** Counts are per member. */
    private static BenchReport expect(Fault fault, long lost, long doubled, long outOfOrder) throws Exception {
        try (FaultyServer server = new FaultyServer(fault)) {
            BenchReport benchReport = Bench.run(plan(server.url(), Duration.ofSeconds(20)), RunObserver.NONE);

            assertEquals(MESSAGES, benchReport.messages().published());
            assertEquals(MEMBERS * lost, benchReport.messages().lost());
            assertEquals(MEMBERS * doubled, benchReport.messages().doubled());
            assertEquals(MEMBERS * outOfOrder, benchReport.messages().outOfOrder());
            return benchReport;
        }
    }

    private static void assertReason(String reason, BenchReport benchReport) {
        assertFalse(benchReport.valid());
        assertTrue(benchReport.reasons().contains(reason), () -> String.join("\n", benchReport.reasons()));
    }

    private static Plan plan(URI url, Duration connectTimeout) {
        return new Plan(
                Mode.FANOUT,
                new Plan.Endpoints(url, LoadSubprotocol.RAW, Tokens.same(""), List.of(), null),
                new Plan.Load(MEMBERS, 1, "g", 1, 200, 5, 64),
                new Plan.Timing(
                        Duration.ZERO,
                        Duration.ofMillis(500),
                        Duration.ofMillis(500),
                        connectTimeout,
                        10,
                        Duration.ofSeconds(1)),
                1);
    }
}
