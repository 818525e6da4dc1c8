package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundUrlTest {

    private static OutboundUrl url(String text) {
        OutboundUrl url = OutboundUrl.parse(text);
        assertNotNull(url, text);
        return url;
    }

    @ParameterizedTest
    @CsvSource({
        "ws://example.com, false, example.com, 80, /, example.com",
        "wss://example.com/a%20b?c=d, true, example.com, 443, /a%20b, example.com",
        "WSS://Example.com:444/, true, Example.com, 444, /, Example.com:444",
        "ws://[::1]:9000/x, false, ::1, 9000, /x, [::1]:9000"
    })
    void urlsAreTakenApart(String text, boolean secure, String host, int port, String path, String authority) {
        OutboundUrl url = url(text);
        assertEquals(secure, url.secure());
        assertEquals(host, url.host());
        assertEquals(port, url.port());
        assertEquals(path, url.path());
        assertEquals(authority, url.authority());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "http://example.com",
                "https://example.com",
                "ws://",
                "ws:///path",
                "ws://user:secret@example.com",
                "ws://example.com/#fragment",
                "ws://example.com:0",
                "ws://example.com:65536",
                "ws://example.com/ä",
                "ws://example.com/a b",
                "ws://exa mple.com"
            })
    void whatIsNoUrlOfAWebSocketIsRefused(String text) {
        assertNull(OutboundUrl.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "wss://a.example/x/y, z, wss://a.example, /x/z",
        "wss://a.example/x/y, /z, wss://a.example, /z",
        "wss://a.example/x, https://b.example:444/z, wss://b.example:444, /z",
        "ws://a.example/x, //b.example/z, ws://b.example, /z",
        "ws://a.example/x, http://b.example/, ws://b.example, /",
        "ws://a.example/x, wss://b.example/, wss://b.example, /",
        "ws://[::1]:9000/x, /z, ws://[::1]:9000, /z"
    })
    void redirectsAreFollowedFromWhereTheyAre(String from, String location, String where, String path) {
        OutboundUrl next = url(from).redirected(location);
        assertNotNull(next);
        assertEquals(where, next.toString());
        assertEquals(path, next.path());
    }

    @ParameterizedTest
    @CsvSource({
        "wss://a.example/, http://a.example/",
        "wss://a.example/, ws://a.example/",
        "ws://a.example/, ftp://a.example/",
        "ws://a.example/, http://user@a.example/",
        "ws://a.example/, ':'"
    })
    void redirectsToElsewhereAreNotFollowed(String from, String location) {
        assertNull(url(from).redirected(location));
    }

    @Test
    void whatIsShownHasNoPathAndNoQuery() {
        String shown = url("wss://example.com/private?token=secret").toString();
        assertEquals("wss://example.com", shown);
        assertFalse(shown.contains("secret"));
    }

    @ParameterizedTest
    @CsvSource({
        "wss://a.example/x, wss://A.example:443/y, true",
        "wss://a.example/, ws://a.example/, false",
        "ws://a.example/, ws://a.example:81/, false",
        "ws://a.example/, ws://b.example/, false"
    })
    void originsAreSchemeHostAndPort(String one, String other, boolean same) {
        assertEquals(same, url(one).sameOrigin(url(other)));
    }
}
