package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CircuitTest {

    private final Circuit circuit = new Circuit(3, 1000);

    @Test
    void failuresInARowOpenIt() {
        circuit.failed(0);
        circuit.failed(0);
        circuit.succeeded();
        circuit.failed(0);
        circuit.failed(0);
        assertTrue(circuit.admit(0));
        assertTrue(circuit.closed());
        assertTrue(circuit.failed(5));
        assertFalse(circuit.admit(5));
        assertTrue(circuit.open(1004));
        assertEquals(1005, circuit.opensUntil());
    }

    @Test
    void thenOneTriesAndDecides() {
        circuit.trip(0);
        assertTrue(circuit.admit(1000));
        assertFalse(circuit.admit(1000));
        assertFalse(circuit.open(1000));
        assertTrue(circuit.failed(1500));
        assertFalse(circuit.admit(2499));
        assertTrue(circuit.admit(2500));
        circuit.succeeded();
        assertTrue(circuit.closed());
        assertTrue(circuit.admit(2500));
        assertTrue(circuit.admit(2500));
    }

    @Test
    void whoIsGivenUpDecidesNothing() {
        circuit.trip(0);
        assertTrue(circuit.admit(1000));
        circuit.abandoned(1100);
        assertFalse(circuit.closed());
        assertTrue(circuit.admit(1100));
    }

    @Test
    void failuresOfEarlierRequestsDoNotProlongIt() {
        for (int i = 0; i < 5; i++) {
            circuit.failed(100L * i);
        }
        assertEquals(1200, circuit.opensUntil());
    }
}
