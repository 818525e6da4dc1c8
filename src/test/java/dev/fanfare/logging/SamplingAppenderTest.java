package dev.fanfare.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SamplingAppenderTest {

    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();
    private final SamplingAppender sampling = new SamplingAppender();
    private final Logger log = context.getLogger("a.library");

    @BeforeEach
    void start() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        written.setContext(context);
        written.start();
        sampling.setContext(context);
        sampling.setNeverBlock(true);
        sampling.setQueueSize(1000);
        sampling.setLines(2);
        sampling.setPeriodSeconds(3600);
        sampling.addUnsampled("the.audit");
        sampling.addAppender(written);
        sampling.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.DEBUG);
        root.addAppender(sampling);
    }

    @Test
    void ofOneCauseOnlyTheFirstLinesAreWrittenAndTheRestAreCounted() {
        for (int i = 0; i < 100_000; i++) {
            log.warn("odd request from {}", i);
        }

        assertEquals(
                List.of(
                        "odd request from 0",
                        "odd request from 1",
                        "similar lines suppressed [suppressed=\"99998\"," + " message=\"odd request from {}\"]"),
                lines());
    }

    @Test
    void allLinesOfAnExemptLoggerAreWritten() {
        for (int i = 0; i < 10; i++) {
            context.getLogger("the.audit").info("changed");
        }

        assertEquals(Collections.nCopies(10, "changed"), lines());
    }

    @Test
    void aFloodLeavesOutNothingElse() {
        for (int i = 0; i < 20_000; i++) {
            log.error("a handler threw", new IllegalStateException("number " + i));
        }
        log.info("something else");

        assertTrue(lines().contains("something else"), lines()::toString);
    }

    @Test
    void anotherReasonIsAnotherCause() {
        for (int i = 0; i < 3; i++) {
            log.atInfo().addKeyValue("reason", "expired").log("refused");
            log.atInfo().addKeyValue("reason", "malformed").log("refused");
        }

        assertEquals(
                4, lines().stream().filter(line -> line.startsWith("refused")).count());
    }

    @Test
    void anotherExceptionIsAnotherCause() {
        for (int i = 0; i < 3; i++) {
            log.warn("failed", new IllegalStateException());
            log.warn("failed", new IllegalArgumentException());
        }

        assertEquals(4, lines().stream().filter(line -> line.equals("failed")).count());
    }

    @Test
    void theNextPeriodBeginsAnew() {
        for (int i = 0; i < 3; i++) {
            log.warn("odd");
        }
        sampling.endPeriod();
        log.warn("odd");

        assertEquals(
                List.of("odd", "odd", "similar lines suppressed [suppressed=\"1\", message=\"odd\"]", "odd"), lines());
    }

    @Test
    void messagesThatAreNeverTheSameAreBoundedTogether() {
        for (int i = 0; i < 100_000; i++) {
            log.warn("odd request " + i);
        }

        int causes = 256;
        assertTrue(lines().size() <= causes + 3, () -> "lines=" + lines().size());
    }

    @Test
    void whoLooksForAFaultGetsAllLines() {
        for (int i = 0; i < 20; i++) {
            log.debug("step");
        }

        assertEquals(20, lines().size());
    }

    /** The written lines, once the queue is empty. */
    private List<String> lines() {
        sampling.stop();
        return written.list.stream()
                .map(event -> event.getKeyValuePairs() == null
                        ? event.getFormattedMessage()
                        : event.getFormattedMessage() + " " + event.getKeyValuePairs())
                .toList();
    }
}
