package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is logged about silent nodes. */
class ClusterLogTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(ClusterLog.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private long now = TimeUnit.DAYS.toNanos(-1);
    private final ClusterLog log = new ClusterLog(() -> now);

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(lines);
    }

    @Test
    void whoStaysSilentIsNamedOnceAMinuteWithTheLatestReason() {
        log.failed("n2", new IOException("connection refused"));
        log.silent("n2", true);
        for (int second = 0; second < 150; second++) {
            log.failed("n2", new IOException("not an SSL/TLS record"));
            now += TimeUnit.SECONDS.toNanos(1);
            log.remind();
        }
        assertEquals(
                List.of(
                        "a node of the cluster is silent n2 connection refused",
                        "a node of the cluster is still silent n2 not an SSL/TLS record",
                        "a node of the cluster is still silent n2 not an SSL/TLS record"),
                told());
    }

    @Test
    void aReasonOfLongAgoIsNoneAnyMore() {
        log.failed("n2", new IOException("connection refused"));
        now += TimeUnit.SECONDS.toNanos(43);
        log.silent("n2", true);
        assertEquals(List.of("a node of the cluster is silent n2 no answer"), told());
    }

    @Test
    void whoSpeaksAgainIsNotNamedAnyMore() {
        log.silent("n2", true);
        log.silent("n2", false);
        now += TimeUnit.MINUTES.toNanos(2);
        log.remind();
        assertEquals(
                List.of("a node of the cluster is silent n2 no answer", "a node of the cluster responds again n2"),
                told());
    }

    @Test
    void whoIsGoneIsNotNamedAnyMore() {
        log.members(List.of("n1", "n2"));
        log.silent("n2", true);
        log.members(List.of("n1"));
        lines.list.clear();
        now += TimeUnit.MINUTES.toNanos(2);
        log.remind();
        assertEquals(List.of(), told());
    }

    private List<String> told() {
        return lines.list.stream().map(ClusterLogTest::line).toList();
    }

    private static String line(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(event.getMessage());
        event.getKeyValuePairs().forEach(pair -> line.append(' ').append(pair.value));
        return line.toString();
    }
}
