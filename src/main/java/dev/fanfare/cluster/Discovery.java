package dev.fanfare.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.TCPPING;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.Responses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the members of the configuration for others. Their names are resolved each time, since they may get other
 * addresses. {@code cluster.dns} is resolved by the resolver of the JDK, which reads hosts files and search lists.
 */
final class Discovery extends TCPPING {

    private static final Logger log = LoggerFactory.getLogger(Discovery.class);
    private static final Pattern MEMBER = Pattern.compile("\\[?([^\\[\\]]+?)\\]?(?::([0-9]+))?");

    /** Former members at addresses that are not configured, which are asked as well. */
    private static final int FORMER_MEMBERS = 64;

    private static final int RUNS = 6;

    private final ClusterOptions options;

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
    }

    @Override
    public void findMembers(List<Address> members, boolean initial, Responses responses) {
        initial_hosts = List.copyOf(configured());
        super.findMembers(members, initial, responses);
    }

    private Set<PhysicalAddress> configured() {
        Set<PhysicalAddress> addresses = new LinkedHashSet<>();
        if (options.members().isEmpty()) {
            resolve(options.dns(), options.port(), addresses);
        }
        for (String member : options.members()) {
            Matcher matcher = MEMBER.matcher(member);
            if (matcher.matches()) {
                String port = matcher.group(2);
                resolve(matcher.group(1), port == null ? options.port() : Integer.parseInt(port), addresses);
            }
        }
        return addresses;
    }

    private static void resolve(String host, int port, Set<PhysicalAddress> addresses) {
        if (host.isBlank()) {
            return;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                addresses.add(new IpAddress(address, port));
            }
        } catch (UnknownHostException e) {
            log.debug("no address of {}", host);
        }
    }
}
