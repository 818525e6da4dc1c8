package dev.fanfare.alert;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Whether people are alerted that a certificate expires. */
public final class CertificateExpiry {

    /** The most days for a certificate between nodes: a derived one lives for 7 days and is replaced every 12 hours. */
    private static final int MAX_DAYS_BETWEEN_NODES = 3;

    private CertificateExpiry() {}

    /** The days before the expiry of a certificate between nodes, of those before the expiry of any. */
    public static int daysBetweenNodes(int days) {
        return Math.min(days, MAX_DAYS_BETWEEN_NODES);
    }

    /**
     * An example for people if a certificate expires soon, otherwise null.
     *
     * @param what names the certificate
     * @param days before its expiry; 0 = never
     * @param expiry the epoch if there is no certificate
     */
    public static @Nullable String problem(String what, int days, Instant now, Instant expiry) {
        return expiring(days, now, expiry) ? what + " expires at " + expiry : null;
    }

    static boolean expiring(int days, Instant now, Instant expiry) {
        return days > 0
                && !expiry.equals(Instant.EPOCH)
                && now.plus(days, ChronoUnit.DAYS).isAfter(expiry);
    }
}
