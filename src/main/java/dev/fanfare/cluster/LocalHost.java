package dev.fanfare.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;

/** The address to bind, given the one that others use. */
final class LocalHost {

    static final String ANY = "0.0.0.0";

    private LocalHost() {}

    /** The numeric address itself if it belongs to this machine, else every interface: behind NAT it does not. */
    static String toBind(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return NetworkInterface.getByInetAddress(address) == null ? ANY : address.getHostAddress();
        } catch (IOException e) {
            return ANY;
        }
    }
}
