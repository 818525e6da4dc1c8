package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.replica.Linearizability.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The checker of histories itself. */
class LinearizabilityTest {

    @Test
    void aReadDuringAWriteMayReturnEither() {
        assertTrue(key(put(0, 10, "a", -1, "stored 1"), get(5, 6, "absent"), get(7, 8, "value a 1")));
        assertFalse(key(put(0, 10, "a", -1, "stored 1"), get(5, 6, "value a 1"), get(7, 8, "absent")));
    }

    @Test
    void aReadAfterAWriteReturnsIt() {
        assertFalse(key(put(0, 10, "a", -1, "stored 1"), get(11, 12, "absent")));
        assertFalse(key(put(0, 1, "a", -1, "stored 1"), put(2, 3, "b", -1, "stored 2"), get(4, 5, "value a 1")));
    }

    @Test
    void aWriteWithoutOutcomeMayTakeEffectLateOrNever() {
        assertTrue(key(put(0, 0, "a", -1, null), get(1, 2, "absent"), get(3, 4, "value a 1")));
        assertTrue(key(put(0, 0, "a", -1, null), get(1, 2, "absent")));
        assertFalse(key(put(0, 0, "a", -1, null), get(1, 2, "value a 1"), get(3, 4, "absent")));
    }

    @Test
    void twoWritersCannotReplaceOneVersion() {
        Operation first = put(0, 1, "a", -1, "stored 1");
        assertTrue(key(first, put(2, 9, "b", 1, "stored 2"), put(2, 9, "c", 1, "mismatch 2")));
        assertFalse(key(first, put(2, 9, "b", 1, "stored 2"), put(2, 9, "c", 1, "stored 3")));
    }

    @Test
    void aVersionIsNeverGivenAgain() {
        assertFalse(key(put(0, 1, "a", -1, "stored 2"), put(2, 3, "b", -1, "stored 2")));
    }

    @Test
    void aValueExpiresOnceAndForAll() {
        Operation put = new Operation(0, 1, "put k a -1 50", "stored 1");
        assertTrue(key(put, get(2, 3, "value a 1"), get(4, 5, "absent")));
        assertFalse(key(put, get(2, 3, "absent"), get(4, 5, "value a 1")));
    }

    @Test
    void aLogGivesEachNumberOnce() {
        assertTrue(log(append(0, 5, "a", 2), append(0, 5, "b", 1), read(6, 7, "b,a")));
        assertFalse(log(append(0, 5, "a", 1), append(0, 5, "b", 1)));
        assertFalse(log(append(0, 5, "a", 1), append(6, 7, "b", 2), read(8, 9, "a")));
    }

    private static boolean key(Operation... operations) {
        return Linearizability.holds(List.of(operations), Models.key(List.of(operations)));
    }

    private static boolean log(Operation... operations) {
        return Linearizability.holds(List.of(operations), Models.log());
    }

    private static Operation put(long called, long returned, String value, long expected, @Nullable String result) {
        return new Operation(called, returned, "put k " + value + ' ' + expected + " 0", result);
    }

    private static Operation get(long called, long returned, String result) {
        return new Operation(called, returned, "get k", result);
    }

    private static Operation append(long called, long returned, String record, int number) {
        return new Operation(called, returned, "append l " + record, "appended e " + number);
    }

    private static Operation read(long called, long returned, String records) {
        return new Operation(called, returned, "log l", "log e " + records);
    }
}
