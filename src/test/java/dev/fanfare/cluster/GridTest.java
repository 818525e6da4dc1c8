package dev.fanfare.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.hazelcast.config.Config;
import dev.fanfare.core.ClusterTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GridTest {

    private final Config config = Grid.config(ClusterOptions.at("127.0.0.1"), Grid.NODE_ID, "a");

    @ParameterizedTest
    @CsvSource({
        "hazelcast.heartbeat.interval.seconds, GRID_HEARTBEAT",
        "hazelcast.max.no.heartbeat.seconds, GRID_REMOVAL",
        "hazelcast.merge.first.run.delay.seconds, GRID_MERGE",
        "hazelcast.merge.next.run.delay.seconds, GRID_MERGE",
        "hazelcast.max.wait.seconds.before.join, GRID_JOIN"
    })
    void itsTimesAreThoseOfTheTable(String property, ClusterTime time) {
        assertEquals(String.valueOf(time.seconds()), config.getProperty(property));
    }
}
