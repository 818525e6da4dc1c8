package dev.fanfare.revocation;

import dev.fanfare.core.Fingerprint;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.session.TokenGrant;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The id of a revocation follows from what it revokes, so that revoking again replaces, and so that a question is one
 * lookup: the fingerprints of subject and hub, and the kind in the last three bits. The first half is that of the subject,
 * so that all that may be revoked of a subject is in one place of a hash table.
 */
record RevocationId(long high, long low) implements Comparable<RevocationId> {

    private static final int BYTES = 2 * Long.BYTES;
    private static final long KIND_BITS = 7;

    /** The fingerprint of a hub, or of all hubs. */
    static final Fingerprint ALL_HUBS = new Fingerprint(0, 0);

    static RevocationId of(RevocationKind kind, Fingerprint hub, Fingerprint subject) {
        return new RevocationId(subject.high(), ((subject.low() ^ hub.low()) & ~KIND_BITS) | kind.number());
    }

    static RevocationId of(RevocationKind kind, @Nullable String hub, String subject) {
        return of(kind, hub == null ? ALL_HUBS : hubFingerprint(hub), fingerprint(kind, subject));
    }

    static Fingerprint hubFingerprint(String hub) {
        return Fingerprint.of("hub", hub);
    }

    static Fingerprint userFingerprint(String userId) {
        return Fingerprint.of("user", userId);
    }

    private static Fingerprint fingerprint(RevocationKind kind, String subject) {
        return switch (kind) {
            case TOKEN -> TokenGrant.tokenFingerprint(subject);
            case USER, USER_TOKENS -> userFingerprint(subject);
            case ADDRESSES -> Fingerprint.of("addresses", subject);
        };
    }

    /** The id that a text stands for; null if it is none. */
    static @Nullable RevocationId parse(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (bytes.length != BYTES) {
                return null;
            }
            RevocationId id = of(ByteBuffer.wrap(bytes));
            boolean known = RevocationKind.numbered((int) (id.low & KIND_BITS)) != null;
            return known && id.text().equals(text) ? id : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static RevocationId of(ByteBuffer bytes) {
        return new RevocationId(bytes.getLong(), bytes.getLong());
    }

    RevocationKind kind() {
        return Objects.requireNonNull(RevocationKind.numbered((int) (low & KIND_BITS)), "checked when it was read");
    }

    /** 22 characters of base64url. */
    String text() {
        byte[] bytes = ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public int compareTo(RevocationId other) {
        int first = Long.compareUnsigned(high, other.high);
        return first != 0 ? first : Long.compareUnsigned(low, other.low);
    }

    @Override
    public int hashCode() {
        return (int) (high ^ high >>> Integer.SIZE); // the bits are random
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RevocationId that && high == that.high && low == that.low;
    }
}
