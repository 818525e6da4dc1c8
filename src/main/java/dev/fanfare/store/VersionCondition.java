package dev.fanfare.store;

/**
 * What must be true of a key for a write to take effect.
 *
 * @param version the version that the key must have, 0 if it must not be there, -1 if either is fine
 */
public record VersionCondition(long version) {

    /** Always holds. */
    public static final VersionCondition ANY = new VersionCondition(-1);

    /** Holds if the key is not there. */
    public static final VersionCondition ABSENT = new VersionCondition(0);

    public VersionCondition {
        if (version < -1) {
            throw new IllegalArgumentException("version=" + version);
        }
    }

    /** Holds if the key has this version. */
    public static VersionCondition version(long version) {
        if (version < 1) {
            throw new IllegalArgumentException("version=" + version);
        }
        return new VersionCondition(version);
    }

    /** Whether it holds for a key with this version; 0 for one that is not there. */
    public boolean holds(long current) {
        return version == ANY.version || version == current;
    }
}
