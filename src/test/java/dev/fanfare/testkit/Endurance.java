package dev.fanfare.testkit;

/**
 * Whether tests are exhaustive: {@code mvn -P endurance verify}. By default they run a share of seeds, rounds and sizes
 * that takes a second or two of each class.
 */
public final class Endurance {

    public static final boolean ON = Boolean.getBoolean("fanfare.endurance");

    private Endurance() {}

    /** How many seeds, rounds or messages: the first number by default, the second for the exhaustive tests. */
    public static int count(int usual, int exhaustive) {
        return ON ? exhaustive : usual;
    }
}
