package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("attack")
class AllowListTest {

    private static AllowList list(String... entries) {
        return new AllowList(List.of(entries));
    }

    /** A literal address; nothing is resolved. */
    @SuppressWarnings("AddressSelection")
    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    @ParameterizedTest
    @CsvSource({
        "feeds.example.com:443, feeds.example.com, 443, true",
        "feeds.example.com:443, FEEDS.Example.com., 443, true",
        "feeds.example.com:443, feeds.example.com, 80, false",
        "feeds.example.com:*, feeds.example.com, 80, true",
        "feeds.example.com:443, other.example.com, 443, false",
        "feeds.example.com:443, xfeeds.example.com, 443, false",
        "*.example.com:443, feeds.example.com, 443, true",
        "*.example.com:443, a.b.example.com, 443, true",
        "*.example.com:443, example.com, 443, false",
        "*.example.com:443, badexample.com, 443, false",
        "127.0.0.1:9000, 127.0.0.1, 9000, true",
        "127.0.0.1:9000, localhost, 9000, false",
        "10.0.0.0/8:*, 10.255.3.4, 1, true",
        "10.0.0.0/8:*, 11.0.0.1, 1, false",
        "10.0.0.0/9:*, 10.128.0.1, 1, false",
        "'[2001:db8::1]:443', 2001:db8::1, 443, true",
        "'[2001:db8::1]:443', '[2001:DB8:0::1]', 443, true",
        "'[2001:db8::]/32:443', 2001:db8:ffff::1, 443, true",
        "'[2001:db8::]/32:443', 2001:db9::1, 443, false",
        "0.0.0.0/0:*, feeds.example.com, 443, false",
        "10.0.0.0/8:*, '10.1', 1, false",
        "10.0.0.0/8:*, 167772161, 1, false"
    })
    void hostsArePermittedAsTheyAreListed(String entry, String host, int port, boolean permitted) {
        assertEquals(permitted, list(entry).permits(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "127.0.0.1",
                "127.9.9.9",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.168.1.1",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "::10.0.0.1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12:3456::1",
                "ff02::1",
                "64:ff9b::a00:1",
                "64:ff9b:1:a00:0:100:101:101",
                "2002:a00:1::1",
                "2001:0:1::1"
            })
    void addressesThatAreNotEverybodysAreRefusedUnlessListed(String literal) throws UnknownHostException {
        AllowList names = list("feeds.example.com:443", "*.example.com:*");
        assertFalse(names.permits(address(literal), 443));
        String entry = address(literal).getHostAddress();
        String listed = entry.contains(":") ? "[" + entry + "]:443" : entry + ":443";
        assertTrue(list(listed).permits(address(literal), 443), listed);
        assertFalse(list(listed).permits(address(literal), 80), listed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101"})
    void addressesOfEverybodyArePermittedOnceTheNameWas(String literal) throws UnknownHostException {
        assertTrue(list().permits(address(literal), 443));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "feeds.example.com",
                "feeds.example.com:",
                ":443",
                "feeds.example.com:0",
                "feeds.example.com:65536",
                "feeds.example.com:https",
                "https://feeds.example.com:443",
                "feeds.example.com/8:443",
                "*:443",
                "a.*.com:443",
                "300.0.0.1:443",
                "10.0.0.0/33:443",
                "[::1/129]:443",
                "::1:443",
                "[fe80::1%eth0x]:443",
                "feeds example.com:443"
            })
    void whatIsNoEntryIsRefused(String text) {
        assertFalse(AllowList.isValid(text), text);
        assertThrows(IllegalArgumentException.class, () -> list(text));
    }

    @Test
    void anEmptyListPermitsNoHost() {
        assertFalse(list().permits("example.com", 443));
        assertFalse(list().permits("1.1.1.1", 443));
    }
}
