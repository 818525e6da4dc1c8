package dev.fanfare.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CertificateExpiryTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static Instant in(int days) {
        return NOW.plus(Duration.ofDays(days));
    }

    @Test
    void aCertificateExpiresSoonWithinTheDays() {
        assertFalse(CertificateExpiry.expiring(14, NOW, in(14)));
        assertTrue(CertificateExpiry.expiring(14, NOW, in(14).minusMillis(1)));
        assertTrue(CertificateExpiry.expiring(14, NOW, in(-1)));
        assertFalse(CertificateExpiry.expiring(0, NOW, in(-1)));
        assertFalse(CertificateExpiry.expiring(14, NOW, Instant.EPOCH));
        assertNull(CertificateExpiry.problem("it", 14, NOW, in(14)));
        assertEquals("it expires at 2026-01-03T03:04:05Z", CertificateExpiry.problem("it", 14, NOW, in(1)));
    }

    @Test
    void aDerivedCertificateThatIsReplacedInTimeDoesNotExpireSoon() {
        int days = CertificateExpiry.daysBetweenNodes(Config.DEFAULT.alerts().certificateDays());
        assertFalse(CertificateExpiry.expiring(days, NOW, in(7)));
        assertFalse(CertificateExpiry.expiring(days, NOW, in(6)));
        assertTrue(CertificateExpiry.expiring(days, NOW, in(2)));
        assertEquals(1, CertificateExpiry.daysBetweenNodes(1));
        assertEquals(0, CertificateExpiry.daysBetweenNodes(0));
    }
}
