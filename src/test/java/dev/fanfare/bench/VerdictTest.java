package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class VerdictTest {

    private static final Spread SOME = new Spread(10, 1, 1, 1, 1, 1, 1);
    private static final Spread NONE = new Spread(0, 0, 0, 0, 0, 0, 0);
    private static final BenchReport.Connections ALL_OPENED = new BenchReport.Connections(5, 0, 0, 1, SOME, Map.of());

    @ParameterizedTest
    @EnumSource
    void aRunWithoutTroubleIsValid(Mode mode) {
        assertEquals(List.of(), Verdict.reasons(mode, ALL_OPENED, messages(10, 0), drivers(0.8, 0.01)));
    }

    @ParameterizedTest
    @EnumSource
    void aDriverThatHadNoTimeLeftIsSaturated(Mode mode) {
        assertEquals(
                List.of("the driver was saturated: a thread of it ran 93 % of the time, and 80 % is the most that is"
                        + " believed"),
                Verdict.reasons(mode, ALL_OPENED, messages(10, 0), drivers(0.93, 0)));
    }

    @Test
    void aDriverThatSendsLateIsNotBelieved() {
        assertEquals(
                List.of("the driver was late: it sent 2.5 % of the bursts more than 10 ms after they were due"),
                Verdict.reasons(Mode.FANOUT, ALL_OPENED, messages(10, 0), drivers(0.1, 0.025)));
    }

    @ParameterizedTest
    @CsvSource({"3, 0, 3 connections could not be opened", "0, 2, 2 connections ended before their time"})
    void connectionsThatAreMissingSpoilTheRun(long failed, long closedEarly, String reason) {
        BenchReport.Connections connections = new BenchReport.Connections(5, failed, closedEarly, 1, SOME, Map.of());

        assertEquals(List.of(reason), Verdict.reasons(Mode.FANOUT, connections, messages(10, 0), drivers(0.1, 0)));
    }

    @Test
    void runsThatMeasuredNothingAreNotValid() {
        BenchReport.Connections none = new BenchReport.Connections(0, 0, 0, 0, NONE, Map.of());

        assertEquals(
                List.of("nothing was delivered in the measured time"),
                Verdict.reasons(Mode.FANOUT, ALL_OPENED, messages(0, 0), drivers(0.1, 0)));
        assertEquals(
                List.of("no connection was opened in the measured time"),
                Verdict.reasons(Mode.CONNECT, none, messages(0, 0), drivers(0.1, 0)));
    }

    @Test
    void allReasonsAreTold() {
        BenchReport.Connections connections = new BenchReport.Connections(5, 1, 1, 1, SOME, Map.of());

        assertEquals(
                5,
                Verdict.reasons(Mode.FANOUT, connections, messages(1, 1), drivers(1, 1))
                        .size());
    }

    private static BenchReport.Messages messages(long delivered, long lost) {
        return new BenchReport.Messages(1, 1, delivered, 1, lost, 0, 0, 0, SOME);
    }

    private static BenchReport.Drivers drivers(double busiest, double lateShare) {
        return new BenchReport.Drivers(List.of(0.05, busiest), SOME, lateShare, 0);
    }
}
