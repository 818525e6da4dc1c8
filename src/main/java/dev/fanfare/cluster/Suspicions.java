package dev.fanfare.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies that members are dead before they are removed. A member is suspected when a connection to it ends, or it has sent
 * no heartbeats for too long. It is asked and has some time to answer; but if its machine refuses connections to its bus, its
 * process has ended, and it is removed at once.
 */
final class Suspicions extends VERIFY_SUSPECT2 {

    private static final Logger log = LoggerFactory.getLogger(Suspicions.class);

    /** Connect timeout. The machine of a process that has ended refuses at once. */
    static final int PROBE_MILLIS = 1000;

    /** @param verifyMillis how long a suspected member may take to answer; twice that at most until it is removed */
    Suspicions(int verifyMillis) {
        setId(ClassConfigurator.getProtocolId(VERIFY_SUSPECT2.class));
        setTimeout(verifyMillis);
    }

    @Override
    public Object up(Event event) {
        if (event.getType() == Event.SUSPECT) {
            Collection<Address> suspected = event.getArg();
            for (Address address : List.copyOf(suspected)) {
                MemberIdentity member = MemberIdentity.of(address);
                if (member != null && !address.equals(local_addr)) {
                    timer.execute(() -> probe(address, member), true);
                }
            }
        }
        return super.up(event);
    }

    /** Times are those of day: when the clock has been set back meanwhile, a member is given its time anew. */
    @Override
    protected synchronized void addSuspects(Collection<Address> suspected) {
        long latest = System.currentTimeMillis() + timeout;
        suspects.removeIf(entry -> entry.target_time() > latest);
        super.addSuspects(suspected);
    }

    private void probe(Address address, MemberIdentity member) {
        if (hasEnded(member)) {
            removeSuspect(address);
            up_prot.up(new Event(Event.SUSPECT, List.of(address)));
        }
    }

    private static boolean hasEnded(MemberIdentity member) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(member.host(), member.busPort()), PROBE_MILLIS);
            return false;
        } catch (IOException e) {
            log.debug("cannot connect to the bus of a suspected member", e);
            return isRefused(e);
        }
    }

    /** A timeout does not count, although it is reported by the same kind of exception. */
    static boolean isRefused(Throwable failure) {
        return failure instanceof ConnectException
                && String.valueOf(failure.getMessage()).contains("refused");
    }
}
