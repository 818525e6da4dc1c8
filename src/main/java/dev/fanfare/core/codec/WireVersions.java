package dev.fanfare.core.codec;

/**
 * The versions of the protocol between nodes that a node speaks. Two nodes use the newest version that both speak.
 *
 * <p>What each version added; whatever is written only for some versions compares {@link WireWriter#version} with a
 * constant of this class:
 *
 * <table>
 * <caption>Versions</caption>
 * <tr><th>version</th><th>added</th></tr>
 * <tr><td>1</td><td>everything in {@code src/test/resources/wire/1}</td></tr>
 * <tr><td>2</td><td>what a session was admitted with, for revocations</td></tr>
 * </table>
 *
 * {@code src/docs/decisions/0048-a-wire-that-grows.md} has the rules.
 *
 * @param current the newest version
 * @param oldest the oldest version, 1 and up, not above {@code current}
 */
public record WireVersions(int current, int oldest) {

    /** The greatest number of a version: it travels as one byte. */
    static final int MAX = 255;

    /** Instead of a version: there is none in common. */
    public static final int NONE = 0;

    /** The first version in which a session that moves says what it was admitted with. */
    public static final int GRANTS = 2;

    /** Those of this program. */
    public static final WireVersions OURS = new WireVersions(2, 1);

    public WireVersions {
        if (oldest <= NONE || oldest > current || current > MAX) {
            throw new IllegalArgumentException("versions: " + oldest + " to " + current);
        }
    }

    /** The newest version that both speak, or {@link #NONE}. */
    public int common(WireVersions other) {
        int newest = Math.min(current, other.current);
        return newest >= Math.max(oldest, other.oldest) ? newest : NONE;
    }

    /** Whether these are older than all that the other one speaks. */
    public boolean isBehind(WireVersions other) {
        return current < other.oldest;
    }

    @Override
    public String toString() {
        return oldest == current ? String.valueOf(current) : oldest + " to " + current;
    }
}
