package dev.fanfare.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.fanfare.alert.AlertCondition.Occurrence;
import dev.fanfare.core.alert.AlertCause;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AlertConditionTest {

    private static final long HOUR = 3_600_000;

    private final AtomicReference<@Nullable String> problem = new AtomicReference<>();

    @Test
    void aStateIsRaisedWhenItHasLastedAndThenOnceAnHour() {
        AlertCondition condition = AlertCondition.lasting(AlertCause.MEMBER_SILENT, 15_000, problem::get);
        assertNull(condition.check(0));
        problem.set("one");
        assertNull(condition.check(5000));
        assertNull(condition.check(19_999));
        assertEquals(new Occurrence("one", 1), condition.check(20_000));
        problem.set("two");
        assertNull(condition.check(25_000));
        assertEquals(new Occurrence("two", 1), condition.check(20_000 + HOUR));
    }

    @Test
    void aStateThatEndsInTimeIsNotRaised() {
        AlertCondition condition = AlertCondition.lasting(AlertCause.MEMBER_SILENT, 15_000, problem::get);
        problem.set("one");
        assertNull(condition.check(0));
        problem.set(null);
        assertNull(condition.check(14_000));
        problem.set("one");
        assertNull(condition.check(16_000));
        assertEquals(new Occurrence("one", 1), condition.check(31_000));
    }

    @Test
    void aCountIsRaisedByWhatItHasGrown() {
        AtomicLong count = new AtomicLong();
        AlertCondition condition = AlertCondition.growing(AlertCause.LIMIT_REACHED, count::get, "limit");
        assertNull(condition.check(0));
        count.set(40);
        assertEquals(new Occurrence("limit", 40), condition.check(1));
        assertNull(condition.check(2));
        count.set(42);
        assertEquals(new Occurrence("limit", 2), condition.check(3));
    }
}
