package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class SignatureTest {

    private static final String KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    private static final String SIGNED = "sha256=261f7f58ff9fb9bb8be7e4951a807fe6091e5c074885bf63b865eccd28728881";

    @Test
    void anHmacOfTheConnectionIdSignsAnEvent() {
        Signature signature = new Signature(List.of(KEY));
        assertEquals(SIGNED, signature.of("conn-1"));
        assertEquals(SIGNED, signature.of("conn-1"));
    }

    @Test
    void everyKeySignsIt() {
        String both = new Signature(List.of(KEY, "another key")).of("conn-1");
        assertEquals(SIGNED + ",sha256=", both.substring(0, both.length() - 64));
    }

    @Test
    void whatCouldBeATokenIsNeverSigned() {
        Signature signature = new Signature(List.of(KEY));
        assertThrows(IllegalArgumentException.class, () -> signature.of("eyJhbGciOiJIUzI1NiJ9.e30"));
    }
}
