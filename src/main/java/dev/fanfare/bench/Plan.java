package dev.fanfare.bench;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The plan of a run. Immutable; the constructors check the ranges.
 *
 * @param mode what it does
 * @param endpoints against what
 * @param load how much
 * @param timing for how long
 * @param threads event loops of the driver, 1 to 64; connections are spread over them
 */
public record Plan(Mode mode, Endpoints endpoints, Load load, Timing timing, int threads) {

    private static final int MAX_CONNECTIONS = 1_000_000;
    private static final int MAX_MESSAGE = 1 << 24;
    private static final long MAX_BURST_BYTES = 1 << 26;

    /** @throws IllegalArgumentException if the parts do not go together; the message is for the user */
    public Plan {
        inRange("threads", threads, 1, 64);
        if (mode == Mode.FANOUT) {
            check(load.groups > 0, "there is no group to publish to");
            check(load.rate > 0, "the rate is 0: nothing would be published; to hold connections choose mode idle");
            check(load.groups <= load.connections, "there are more groups than connections, so some have no members");
            check(
                    endpoints.loadSubprotocol.json() || load.publishers % load.groups == 0,
                    "a raw connection publishes to one group only, so the number of publishers is a multiple of groups");
        }
    }

    /**
     * Where the broker is and how to connect to it. A URL is that of a hub, such as {@code
     * ws://localhost:8080/client/hubs/bench}; ws or wss, the same for all, without a token. Several URLs are nodes of
     * one cluster.
     *
     * @param urls where connections that receive are opened: those of a group in turn, each group starting at another
     *     node
     * @param publisherUrls where connections that publish are opened, in turn
     * @param loadSubprotocol of all connections
     * @param tokens of all connections
     * @param localAddresses source addresses, used in turn; if empty the system chooses. One address has some 28,000
     *     ports
     * @param trusted a PEM file of trusted certificates; null for those that Java trusts
     */
    public record Endpoints(
            List<URI> urls,
            List<URI> publisherUrls,
            LoadSubprotocol loadSubprotocol,
            Tokens tokens,
            List<InetAddress> localAddresses,
            @Nullable Path trusted) {

        /** @throws IllegalArgumentException if a URL is not that of a WebSocket, or there is none */
        public Endpoints {
            urls = List.copyOf(urls);
            publisherUrls = List.copyOf(publisherUrls);
            localAddresses = List.copyOf(localAddresses);
            check(!urls.isEmpty() && !publisherUrls.isEmpty(), "there is no URL");
            for (URI url : concat(urls, publisherUrls)) {
                String scheme = url.getScheme();
                check("ws".equals(scheme) || "wss".equals(scheme), "the URL begins with ws:// or wss://");
                check(url.getHost() != null, "the URL has no host");
                check(scheme.equals(urls.get(0).getScheme()), "some URLs begin with ws:// and some with wss://");
            }
        }

        /** A single node for everything. */
        public Endpoints(
                URI url,
                LoadSubprotocol loadSubprotocol,
                Tokens tokens,
                List<InetAddress> localAddresses,
                @Nullable Path trusted) {
            this(List.of(url), List.of(url), loadSubprotocol, tokens, localAddresses, trusted);
        }

        /** Without duplicates. */
        Set<URI> allUrls() {
            return new LinkedHashSet<>(concat(urls, publisherUrls));
        }

        private static List<URI> concat(List<URI> some, List<URI> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }

        URI memberUrl(int connection, int groups) {
            int inGroup = groups == 0 ? 0 : connection / groups;
            int group = groups == 0 ? connection : connection % groups;
            return urls.get((group + inGroup) % urls.size());
        }

        URI publisherUrl(int publisher) {
            return publisherUrls.get(publisher % publisherUrls.size());
        }

        boolean secure() {
            return "wss".equals(urls.get(0).getScheme());
        }

        /** The port of a URL, or the default of its scheme. */
        int port(URI url) {
            return url.getPort() > 0 ? url.getPort() : secure() ? 443 : 80;
        }
    }

    /**
     * The load.
     *
     * @param connections that receive, 1 to 1,000,000; in mode connect, those that are open at once
     * @param groups over which connections are spread, 0 to 1,000,000; 0 is for connections without a group
     * @param groupPrefix the prefix of the names of groups; a number follows
     * @param publishers connections that publish and do not receive, 1 to 100,000
     * @param rate messages published in a second by all of them, 0 to 10,000,000; in mode connect, connections opened in
     *     a second, 0 for as many as go
     * @param burst messages published together, to one group, 1 to 100,000
     * @param size bytes of a message's data, {@value Marker#LENGTH} to 16,777,216
     */
    public record Load(
            int connections, int groups, String groupPrefix, int publishers, double rate, int burst, int size) {

        /** @throws IllegalArgumentException if a number is out of range */
        public Load {
            inRange("connections", connections, 1, MAX_CONNECTIONS);
            inRange("groups", groups, 0, MAX_CONNECTIONS);
            inRange("publishers", publishers, 1, 100_000);
            check(rate >= 0 && rate <= 10_000_000, "rate is " + rate + "; it must be from 0 to 10000000");
            inRange("burst", burst, 1, 100_000);
            inRange("size", size, Marker.LENGTH, MAX_MESSAGE);
            check((long) burst * size <= MAX_BURST_BYTES, "a burst has more than 64 MiB");
        }

        /** The number of message sequences: one for each publisher and group that it publishes to. */
        int streams() {
            return Math.max(publishers, groups);
        }

        int publisherOf(int stream) {
            return stream % publishers;
        }

        int groupOf(int stream) {
            return stream % groups;
        }

        /** The number of sequences that a member of a group receives. */
        int streamsOf(int group) {
            return (streams() - group + groups - 1) / groups;
        }

        String groupName(int group) {
            return groupPrefix + group;
        }

        /** The nanoseconds between two bursts. */
        double interval() {
            return burst * 1e9 / rate;
        }
    }

    /**
     * The duration of each part.
     *
     * @param warmUp messages are published but not measured
     * @param duration the measured time, at least a millisecond
     * @param drain how long late messages are awaited
     * @param connectTimeout of one connection, until it is ready
     * @param opensAtOnce connections that each thread opens concurrently, 1 to 10,000
     * @param ackInterval after which reliable connections acknowledge what they have received
     */
    public record Timing(
            Duration warmUp,
            Duration duration,
            Duration drain,
            Duration connectTimeout,
            int opensAtOnce,
            Duration ackInterval) {

        /** @throws IllegalArgumentException if a number is out of range */
        public Timing {
            inRange("opens at once", opensAtOnce, 1, 10_000);
            inRange("duration in ms", duration.toMillis(), 1, 1_000_000_000);
            inRange("warm-up in ms", warmUp.toMillis(), 0, 1_000_000_000);
            inRange("drain in ms", drain.toMillis(), 0, 1_000_000_000);
            inRange("connect timeout in ms", connectTimeout.toMillis(), 1, 1_000_000_000);
            inRange("ack interval in ms", ackInterval.toMillis(), 1, 1_000_000_000);
        }
    }

    private static void inRange(String name, long value, long least, long most) {
        check(value >= least && value <= most, name + " is " + value + "; it must be from " + least + " to " + most);
    }

    private static void check(boolean valid, String message) {
        if (!valid) {
            throw new IllegalArgumentException(message);
        }
    }
}
