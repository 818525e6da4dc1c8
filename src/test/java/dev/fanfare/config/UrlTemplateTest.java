package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UrlTemplateTest {

    @Test
    void namesAreEncodedWhereTheyStand() {
        UrlTemplate template = UrlTemplate.parse("https://h:1/{hub}/x/{event}?hub={hub}&again={hub}");
        assertEquals(
                "https://h:1/a%60b%2C.%5B%5D/x/e.1-_?hub=a%60b%2C.%5B%5D&again=a%60b%2C.%5B%5D",
                template.url("a`b,.[]", "e.1-_"));
        assertEquals("https://h:1/a%2F..%2Fb/x/%20%3F?hub=a%2F..%2Fb&again=a%2F..%2Fb", template.url("a/../b", " ?"));
    }

    @Test
    void withoutPlacesItIsAUrl() {
        UrlTemplate template = UrlTemplate.parse("HTTP://localhost");
        assertEquals("HTTP://localhost", template.url("hub", "event"));
        assertFalse(template.secure());
        assertTrue(UrlTemplate.parse("HTTPS://[::1]:8443/").secure());
    }

    @Test
    void theQueryIsNotShown() {
        assertEquals(
                "https://h/{hub}",
                UrlTemplate.parse("https://h/{hub}?code=secret").shown());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/path",
                "ftp://h/",
                "https://",
                "https:///path",
                "https://h/#part",
                "https://user:password@h/",
                "https://h:0/",
                "https://h:65536/",
                "https://h:{hub}/",
                "https://{event}/",
                "https://x.{hub}.com/",
                "{hub}://h/",
                "https://h?{user}",
                "https://h/{Hub}",
                "https://h/}{",
                "https://h /"
            })
    void othersAreRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> UrlTemplate.parse(text));
    }
}
