package dev.fanfare.cluster;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection between members of the grid. It is connected, or accepted, only when both ends have proven by
 * certificates that they are members of this cluster. Closing it ends it at once, without a last word of TLS, so that
 * closing never waits for a peer.
 */
final class MemberSocket extends Socket {

    private static final Logger log = LoggerFactory.getLogger(MemberSocket.class);

    private final MemberCredentials credentials;
    private final String clusterName;
    private final Deadlines deadlines;
    private volatile @Nullable InputStream in;
    private volatile @Nullable OutputStream out;

    /**
     * Not yet connected.
     *
     * @param clusterName agreed upon within the handshake
     * @param deadlines by which a handshake has to be over
     */
    MemberSocket(MemberCredentials credentials, String clusterName, Deadlines deadlines) {
        this.credentials = credentials;
        this.clusterName = clusterName;
        this.deadlines = deadlines;
    }

    /** Does what has to be done if something else is not done in time. */
    @FunctionalInterface
    interface Deadlines {

        /**
         * Runs the task in {@code millis}, on a thread that it must not block.
         *
         * @return cancels it
         */
        Runnable start(Runnable late, int millis);
    }

    /** Connects within {@code timeout} milliseconds, and authenticates in the time that the other end has for it. */
    @Override
    public void connect(SocketAddress peer, int timeout) throws IOException {
        super.connect(peer, timeout);
        if (credentials.enabled()) {
            Runnable cancel = deadlines.start(this::end, MemberServerSocket.HANDSHAKE_MILLIS);
            try {
                authenticate(true);
            } catch (IOException e) {
                end();
                throw e;
            } finally {
                cancel.run();
            }
        }
    }

    /** Closes this socket, which never fails. */
    void end() {
        try {
            close();
        } catch (IOException e) {
            log.debug("cannot close", e);
        }
    }

    /** Authenticates as the accepting end, and waits for the first byte. The caller closes this socket in time. */
    void accept() throws IOException {
        if (credentials.enabled()) {
            authenticate(false);
        }
        // The reader has no time limit that is short enough: it reads when there is something.
        InputStream buffered = new BufferedInputStream(getInputStream());
        buffered.mark(1);
        if (buffered.read() < 0) {
            throw new EOFException("closed");
        }
        buffered.reset();
        in = buffered;
    }

    private void authenticate(boolean client) throws IOException {
        InetAddress address = getInetAddress();
        // It uses the streams of this socket, which are still those without TLS.
        SSLSocket tls = (SSLSocket)
                credentials.context().getSocketFactory().createSocket(this, address.getHostAddress(), getPort(), true);
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {MemberCredentials.PROTOCOL});
        parameters.setNeedClientAuth(true);
        tls.setUseClientMode(client);
        tls.setSSLParameters(MemberHandshake.withName(parameters, clusterName));
        tls.startHandshake();
        if (String.valueOf(tls.getApplicationProtocol()).isEmpty()) {
            throw new SSLHandshakeException("no_application_protocol: the peer belongs to another cluster");
        }
        MemberHandshake.requireValid(tls.getSession());
        in = tls.getInputStream();
        out = tls.getOutputStream();
    }

    @Override
    public InputStream getInputStream() throws IOException {
        InputStream secured = in;
        return secured == null ? super.getInputStream() : secured;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        OutputStream secured = out;
        return secured == null ? super.getOutputStream() : secured;
    }
}
