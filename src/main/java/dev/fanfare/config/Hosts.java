package dev.fanfare.config;

import java.util.regex.Pattern;

/** Checks names and addresses of hosts by their form, without a lookup. */
final class Hosts {

    private static final int MAX_NAME = 253;
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");

    /** No host name ends in a number: such a text is meant as an address (RFC 1123 section 2.1). */
    private static final Pattern ENDS_IN_A_NUMBER = Pattern.compile("(.*\\.)?\\d+\\.?");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\\.?");

    private Hosts() {}

    /** Reports a key that is not a host. */
    static void check(ConfigProblems configProblems, String key, String host) {
        if (host.isBlank()) {
            configProblems.report(key, "is empty; it must have a value");
        } else if (!isValid(host)) {
            configProblems.report(
                    key,
                    "is " + ConfigProblems.quoted(host)
                            + "; it must be the name of a host, or an IPv4 or IPv6 address");
        }
    }

    /** @param host IPv6 without brackets */
    static boolean isValid(String host) {
        if (host.indexOf(':') >= 0) {
            return Network.address(host) != null;
        }
        if (ENDS_IN_A_NUMBER.matcher(host).matches()) {
            return IPV4.matcher(host).matches();
        }
        return host.length() <= MAX_NAME
                && !host.contains("..")
                && NAME.matcher(host).matches();
    }
}
