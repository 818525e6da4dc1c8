package dev.fanfare.broker.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;

/** What to listen on, given the address that others reach us at. */
final class LocalHost {

    static final String ANY = "0.0.0.0";

    private LocalHost() {}

    /** The numeric address itself if it is one of this machine's, else every interface: behind NAT it is not ours. */
    static String toBind(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return NetworkInterface.getByInetAddress(address) == null ? ANY : address.getHostAddress();
        } catch (IOException e) {
            return ANY;
        }
    }
}
