package dev.fanfare.socket;

import java.util.regex.Pattern;

/** The syntax of a Host header: a name, an IPv4 address or an IPv6 address in brackets, and an optional port. */
final class HostHeader {

    /** RFC 9110 section 7.2 and RFC 3986 section 3.2.2; a name must not be empty, as no http URI has an empty one. */
    private static final Pattern VALUE =
            Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\\[[0-9A-Za-z:._~-]+])(?::[0-9]*)?");

    private HostHeader() {}

    /** Whether a value is well-formed. */
    static boolean isValid(String value) {
        return VALUE.matcher(value).matches();
    }
}
