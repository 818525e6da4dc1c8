package dev.fanfare.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.PhysicalAddress;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.PingData;
import org.jgroups.protocols.TCPPING;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.NameCache;
import org.jgroups.util.Responses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the members of the configuration for others. Their names are resolved each time, since they may get other
 * addresses. {@code cluster.dns} is resolved by the resolver of the JDK, which reads hosts files and search lists.
 *
 * <p>Of processes that start together the one with the lowest address of the grid forms the cluster. The others wait for it, and
 * are notified. It need not wait for more of them once all that are configured have answered that they are starting, too, and
 * have said so again when every one of them knew of it.
 */
final class Discovery extends TCPPING {

    private static final Logger log = LoggerFactory.getLogger(Discovery.class);
    private static final Pattern MEMBER = Pattern.compile("\\[?([^\\[\\]]+?)\\]?(?::([0-9]+))?");

    /** Former members at addresses that are not configured, which are asked as well. */
    private static final int FORMER_MEMBERS = 64;

    private static final int RUNS = 6;

    /** Longer than it takes from the decision to form a cluster until others are answered that there is one. */
    private static final int CONFIRM_MILLIS = 200;

    private final ClusterOptions options;

    /** Where members are by the configuration. */
    private volatile Set<PhysicalAddress> configured = Set.of();

    /** Whether all names in the configuration are among them. */
    private volatile boolean allResolved;

    /** Processes that are starting, too, as far as this one knows; guarded by itself. */
    private final Set<Address> starting = new HashSet<>();

    /** Where such processes have answered; guarded by {@link #starting}. */
    private final Set<PhysicalAddress> answered = new HashSet<>();

    /** Guarded by {@link #starting}. */
    private Founding founding = Founding.ASKING;

    /** How far this process is from forming a cluster because it is the first of all. */
    private enum Founding {
        ASKING,
        /** All have answered, and are asked again soon. */
        PAUSING,
        /** All are asked again. */
        CONFIRMING
    }

    Discovery(ClusterOptions options) {
        this.options = options;
        setId(ClassConfigurator.getProtocolId(TCPPING.class));
        initial_hosts_set_programmatically = true;
        max_dynamic_hosts = FORMER_MEMBERS;
        port_range = 0;
        // Asks again while it waits to join: a node that starts at the same time may not listen yet.
        num_discovery_runs = RUNS;
        // A host that does not answer delays no other.
        async_discovery_use_separate_thread_per_request = true;
        // Any member knows which one to join.
        return_entire_cache = true;
    }

    @Override
    public void findMembers(List<Address> members, boolean initial, Responses responses) {
        resolve();
        if (initial && allResolved && !options.members().isEmpty() && others().isEmpty()) {
            responses.done(); // there is none to wait for
            return;
        }
        super.findMembers(members, initial, responses);
    }

    /** Without this process. */
    private Set<PhysicalAddress> others() {
        Object own = down(new Event(Event.GET_PHYSICAL_ADDRESS, local_addr));
        Set<PhysicalAddress> others = new HashSet<>(configured);
        others.removeIf(address -> address.equals(own));
        return others;
    }

    @Override
    public void discoveryRequestReceived(Address sender, String logicalName, PhysicalAddress address) {
        super.discoveryRequestReceived(sender, logicalName, address);
        if (!is_server) {
            synchronized (starting) {
                starting.add(sender);
            }
        }
    }

    @Override
    protected void handleDiscoveryResponse(List<PingData> found, Address sender) {
        super.handleDiscoveryResponse(found, sender);
        if (!is_server && found != null && found.stream().noneMatch(each -> each.isServer() || each.isCoord())) {
            for (PingData each : found) {
                answered(each);
            }
        }
    }

    private void answered(PingData other) {
        synchronized (starting) {
            starting.add(other.getAddress());
            answered.add(other.getPhysicalAddr());
            if (founding == Founding.PAUSING || !isFirstOfAll()) {
                return;
            }
            if (founding == Founding.ASKING) {
                founding = Founding.PAUSING;
                Future<?> unused = timer.schedule(this::askAgain, CONFIRM_MILLIS, TimeUnit.MILLISECONDS, true);
                return;
            }
        }
        synchronized (ping_responses) {
            ping_responses.values().forEach(Responses::done);
        }
    }

    private void askAgain() {
        synchronized (starting) {
            answered.clear();
            founding = Founding.CONFIRMING;
        }
        super.findMembers(null, true, null);
    }

    /** Whether all that are configured have answered, and this process is the one that forms the cluster. */
    private boolean isFirstOfAll() {
        Set<PhysicalAddress> others = others();
        return allResolved
                && !others.isEmpty()
                && answered.containsAll(others)
                && starting.stream().allMatch(other -> local_addr.compareTo(other) < 0);
    }

    @Override
    public Object down(Event event) {
        Object result = super.down(event);
        if (event.getType() == Event.BECOME_SERVER) {
            List<Address> waiting;
            synchronized (starting) {
                waiting = List.copyOf(starting);
                starting.clear();
                answered.clear();
            }
            if (is_coord) {
                waiting.forEach(other -> timer.execute(() -> announce(other), true));
            }
        }
        return result;
    }

    /** Answers what the other one has asked before there was a cluster. */
    private void announce(Address other) {
        PhysicalAddress address = (PhysicalAddress) down(new Event(Event.GET_PHYSICAL_ADDRESS, local_addr));
        PingData own = new PingData(local_addr, true, NameCache.get(local_addr), address).coord(true);
        sendDiscoveryResponse(List.of(own), other);
    }

    private void resolve() {
        Set<PhysicalAddress> addresses = new LinkedHashSet<>();
        boolean all = true;
        if (options.members().isEmpty()) {
            all = resolve(options.dns(), options.port(), addresses);
        }
        for (String member : options.members()) {
            Matcher matcher = MEMBER.matcher(member);
            if (matcher.matches()) {
                String port = matcher.group(2);
                all &= resolve(matcher.group(1), port == null ? options.port() : Integer.parseInt(port), addresses);
            }
        }
        configured = Set.copyOf(addresses);
        allResolved = all;
        initial_hosts = List.copyOf(addresses);
    }

    private static boolean resolve(String host, int port, Set<PhysicalAddress> addresses) {
        if (host.isBlank()) {
            return false;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                addresses.add(new IpAddress(address, port));
            }
            return true;
        } catch (UnknownHostException e) {
            log.debug("no address of {}", host);
            return false;
        }
    }
}
