package dev.fanfare.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.security.GeneralSecurityException;
import java.security.SignatureException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DerivedAuthorityTest {

    private static final Instant NOW = Instant.parse("2026-11-28T22:00:00Z");

    @Test
    void oneKeyAndOneNameAreOneAuthority() throws GeneralSecurityException {
        X509Certificate one = DerivedAuthority.derive("a-key", "fanfare").certificate();
        X509Certificate other = DerivedAuthority.derive("a-key", "fanfare").certificate();
        assertEquals(one.getPublicKey(), other.getPublicKey());
        assertEquals(one.getSubjectX500Principal(), other.getSubjectX500Principal());
    }

    /** Nodes of another release derive the same, or a rolling replacement is none. */
    @Test
    void theAuthorityOfAKeyNeverChanges() throws GeneralSecurityException {
        X509Certificate certificate =
                DerivedAuthority.derive("a-key", "fanfare").certificate();
        assertEquals(
                "CN=a255f0dc938f189033bfad90439f3d40,O=fanfare cluster authority",
                certificate.getSubjectX500Principal().getName());
    }

    @ParameterizedTest
    @CsvSource({"another-key,fanfare", "a-key,fanfare2"})
    void anotherKeyOrNameIsAnotherAuthority(String key, String name) throws GeneralSecurityException {
        X509Certificate one = DerivedAuthority.derive("a-key", "fanfare").certificate();
        X509Certificate other = DerivedAuthority.derive(key, name).certificate();
        assertNotEquals(one.getPublicKey(), other.getPublicKey());
        assertNotEquals(one.getSubjectX500Principal(), other.getSubjectX500Principal());
    }

    @ParameterizedTest
    @CsvSource({"0,true", "-23,true", "-25,false", "167,true", "169,false"})
    void certificatesAreValidFromADayBeforeForAWeek(int hours, boolean valid) throws Exception {
        DerivedAuthority authority = DerivedAuthority.derive("a-key", "fanfare");
        X509Certificate certificate =
                authority.issue("n1", DerivedAuthority.newKeys().getPublic(), NOW);
        PKIXParameters parameters = new PKIXParameters(Set.of(
                new TrustAnchor(DerivedAuthority.derive("a-key", "fanfare").certificate(), null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(NOW.plusSeconds(hours * 3600L)));
        var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate));
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        if (valid) {
            assertDoesNotThrow(() -> validator.validate(path, parameters));
        } else {
            assertThrows(GeneralSecurityException.class, () -> validator.validate(path, parameters));
        }
    }

    @Test
    void aCertificateSaysWhatItIsFor() throws Exception {
        DerivedAuthority authority = DerivedAuthority.derive("a-key", "fanfare");
        X509Certificate certificate =
                authority.issue("n1", DerivedAuthority.newKeys().getPublic(), NOW);
        assertEquals("CN=n1", certificate.getSubjectX500Principal().getName());
        assertEquals(-1, certificate.getBasicConstraints());
        assertEquals(List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"), certificate.getExtendedKeyUsage());
        assertEquals(Integer.MAX_VALUE, authority.certificate().getBasicConstraints());
        X509Certificate other =
                DerivedAuthority.derive("another-key", "fanfare").certificate();
        assertThrows(SignatureException.class, () -> certificate.verify(other.getPublicKey()));
    }

    /** The first test vector of RFC 5869. */
    @Test
    void hkdfIsThatOfTheStandard() throws GeneralSecurityException {
        HexFormat hex = HexFormat.of();
        assertArrayEquals(
                hex.parseHex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
                DerivedAuthority.hkdf(
                        hex.parseHex("000102030405060708090a0b0c"),
                        hex.parseHex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
                        hex.parseHex("f0f1f2f3f4f5f6f7f8f9"),
                        42));
    }
}
