package dev.fanfare.fuzz;

/**
 * What Jazzer calls. It names no other class: those that are loaded before the agent of Jazzer are redefined by it, which
 * crashes Java 17 where they are records.
 */
public final class FuzzEntry {

    /** The system property with the name of the target. */
    static final String TARGET = "fanfare.fuzzTarget";

    private FuzzEntry() {}

    /** Jazzer finds the method by its name. */
    public static void fuzzerTestOneInput(byte[] data) {
        Chosen.target(data);
    }

    private static final class Chosen {

        private static final FuzzTarget CHOSEN = FuzzTarget.valueOf(System.getProperty(TARGET));

        static void target(byte[] data) {
            CHOSEN.run(data);
        }
    }
}
