package dev.fanfare.cluster;

import dev.fanfare.core.ClusterTime;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jgroups.JChannel;
import org.jgroups.MergeView;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.DiagnosticsHandler;
import org.jgroups.stack.LargestWinningPolicy;
import org.jgroups.util.UUID;

/**
 * The grid: the list of members that the processes of a cluster agree on, by JGroups. It carries no data. Members find each
 * other by the addresses of the configuration; nothing is multicast, and nothing but {@code cluster.port} is bound.
 * Thread-safe.
 */
final class Grid implements Receiver, AutoCloseable {

    private static final int CONNECT_MILLIS = 1000;
    private static final int PEER_ADDRESS_MILLIS = 1000;

    /** With {@link #VERIFY_MILLIS} and two heartbeats it makes {@link ClusterTime#GRID_REMOVAL}. */
    private static final int SILENT_MILLIS =
            ClusterTime.GRID_REMOVAL.millis() - 2 * ClusterTime.GRID_HEARTBEAT.millis();

    private static final int VERIFY_MILLIS = 500;

    /** Lists of parts are compared every 1.6 times that. */
    private static final int MERGE_INFO_MILLIS = ClusterTime.GRID_MERGE.millis() * 10 / 16;

    private static final int JOIN_MILLIS = 3000;
    private static final int LEAVE_MILLIS = 2000;
    private static final int VIEW_ACK_MILLIS = 1000;

    /** Lists of members are all that is sent. */
    private static final int MAX_FRAME = 8 * 1024 * 1024;

    private static final int FRAGMENT = 60_000;
    private static final int THREADS = 64;

    private final ClusterOptions options;
    private final MemberSockets sockets;
    private final Consumer<MemberList> listener;
    private final JChannel channel;
    private volatile MemberList members = MemberList.NONE;
    private volatile boolean joined;

    /**
     * The members at one time.
     *
     * @param creator of the list, unique for each member
     * @param number of the list; greater than that of every earlier one of the same process
     * @param merged whether the list was made of those of several parts
     * @param peers the eldest first
     */
    record MemberList(String creator, long number, boolean merged, List<MemberIdentity> peers) {

        static final MemberList NONE = new MemberList("", 0, false, List.of());

        static MemberList of(View view) {
            List<MemberIdentity> peers = view.getMembers().stream()
                    .map(MemberIdentity::of)
                    .filter(Objects::nonNull)
                    .toList();
            return new MemberList(
                    ((UUID) view.getViewId().getCreator()).toStringLong(),
                    view.getViewId().getId(),
                    view instanceof MergeView,
                    peers);
        }
    }

    /**
     * Binds nothing yet.
     *
     * @param self what others learn of this process
     * @param listener called with each new list, in order, on a thread of the grid; must not block
     */
    Grid(ClusterOptions options, MemberIdentity self, MemberSockets sockets, Consumer<MemberList> listener)
            throws Exception {
        this.options = options;
        this.sockets = sockets;
        this.listener = listener;
        this.channel = new JChannel(
                transport(),
                new Discovery(options),
                new MERGE3().setMaxInterval(MERGE_INFO_MILLIS).setMinInterval(MERGE_INFO_MILLIS / 5),
                new FD_ALL3().setInterval(ClusterTime.GRID_HEARTBEAT.millis()).setTimeout(SILENT_MILLIS),
                new Suspicions(VERIFY_MILLIS),
                new NAKACK2().useMcastXmit(false),
                new UNICAST3(),
                new STABLE(),
                new GMS()
                        .setJoinTimeout(JOIN_MILLIS)
                        .setLeaveTimeout(LEAVE_MILLIS)
                        .setViewAckCollectionTimeout(VIEW_ACK_MILLIS)
                        .setMembershipChangePolicy(new LargestWinningPolicy())
                        .printLocalAddress(false),
                new FRAG4().setFragSize(FRAGMENT));
        channel.addAddressGenerator(self::newAddress);
        channel.setName(self.id());
        channel.setReceiver(this);
    }

    private TCP transport() throws Exception {
        TCP transport = new TCP();
        InetAddress bound = InetAddress.getByName(LocalHost.toBind(options.host()));
        transport.setBindAddress(bound).setBindPort(options.port()).setPortRange(0);
        if (bound.isAnyLocalAddress()) {
            transport.setExternalAddr(InetAddress.getByName(options.host())).setExternalPort(options.port());
        }
        transport
                .enableSuspectEvents(true)
                .setSockConnTimeout(CONNECT_MILLIS)
                .setPeerAddrReadTimeout(PEER_ADDRESS_MILLIS)
                .setMaxLength(MAX_FRAME)
                .tcpNodelay(true)
                .logDetails(false);
        // By default it listens to a multicast group on all interfaces.
        transport.setDiagnosticsHandler(new DiagnosticsHandler().setEnabled(false));
        transport.getThreadPool().setMaxThreads(THREADS);
        transport.setSocketFactory(sockets);
        return transport;
    }

    /** Becomes a member, or the first one if none can be reached. Blocks for some seconds. */
    void join() throws IOException {
        try {
            channel.connect(options.name());
            joined = true;
        } catch (Exception e) {
            throw new IOException("cluster.port " + options.port() + ": " + rootMessage(e), e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    @Override
    public void viewAccepted(View view) {
        members = MemberList.of(view);
        listener.accept(members);
    }

    /** The members now; none if this process was a member and is none any more. */
    MemberList members() {
        return joined && !channel.isConnected() ? MemberList.NONE : members;
    }

    /** Leaves. Blocks for up to two seconds. */
    @Override
    public void close() {
        channel.close();
        sockets.close();
    }
}
