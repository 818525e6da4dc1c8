package dev.fanfare.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A server that others connect to, over plain blocking sockets on the loopback interface. It does nothing by itself: a test
 * takes each connection, reads the request and answers it, rightly or wrongly.
 */
public final class RemoteServer implements AutoCloseable {

    private static final int QUIET_MILLIS = 1500;

    private final ServerSocket listener;
    private final @Nullable TestCertificate certificate;
    private final boolean asksForCertificate;

    private RemoteServer(ServerSocket listener, @Nullable TestCertificate certificate, boolean asksForCertificate)
            throws IOException {
        this.listener = listener;
        this.certificate = certificate;
        this.asksForCertificate = asksForCertificate;
        listener.setSoTimeout((int) Patience.LIMIT.toMillis());
    }

    /** Listens without TLS. */
    public static RemoteServer start() throws IOException {
        return new RemoteServer(listen(InetAddress.getLoopbackAddress()), null, false);
    }

    /** Listens with TLS; {@code asks} for a certificate of the client, too. */
    public static RemoteServer start(TestCertificate certificate, boolean asks) throws IOException {
        return start(certificate, asks, InetAddress.getLoopbackAddress());
    }

    /** The same at another address of this machine. */
    public static RemoteServer start(TestCertificate certificate, boolean asks, InetAddress address)
            throws IOException {
        return new RemoteServer(listen(address), certificate, asks);
    }

    private static ServerSocket listen(InetAddress address) throws IOException {
        return new ServerSocket(0, 50, address);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Makes slow readers of the connections to come: the kernel takes so many bytes for each. */
    public RemoteServer receiving(int bytes) throws IOException {
        listener.setReceiveBufferSize(bytes);
        return this;
    }

    /** Where this is. */
    public String url() {
        return (certificate == null ? "ws" : "wss") + "://"
                + listener.getInetAddress().getHostAddress() + ":" + port();
    }

    /** The next connection, waiting for it; its request is not read yet. */
    public RawWebSocketClient accept() throws IOException {
        Socket socket = listener.accept();
        return RawWebSocketClient.accepted(certificate == null ? socket : secure(certificate, socket));
    }

    private Socket secure(TestCertificate with, Socket socket) throws IOException {
        SSLSocket tls = (SSLSocket) with.serverContext().getSocketFactory().createSocket(socket, null, true);
        tls.setUseClientMode(false);
        tls.setNeedClientAuth(asksForCertificate);
        return tls;
    }

    /** Nobody connects, for longer than nodes need to look after what they have. */
    public void assertNobodyKnocks() throws IOException {
        listener.setSoTimeout(QUIET_MILLIS);
        try (Socket somebody = listener.accept()) {
            throw new AssertionError("a connection from " + somebody.getRemoteSocketAddress());
        } catch (SocketTimeoutException nobody) {
            listener.setSoTimeout((int) Patience.LIMIT.toMillis());
        }
    }

    /** The next connection, waiting for it, upgraded to a WebSocket. */
    public Upgraded upgrade(String... headers) throws IOException {
        RawWebSocketClient connection = accept();
        String request = connection.readHead();
        connection.send(answer(request, headers));
        return new Upgraded(connection, request);
    }

    /** The next connection, waiting for it, whose TLS handshake fails. */
    public void acceptInVain() throws IOException {
        try (RawWebSocketClient connection = accept()) {
            connection.readHead();
            throw new AssertionError("expected no request");
        } catch (SSLException | java.io.EOFException | java.net.SocketException refused) {
            // As wanted.
        }
    }

    /**
     * A WebSocket of which this is the server.
     *
     * @param request its head
     */
    public record Upgraded(RawWebSocketClient socket, String request) implements AutoCloseable {

        /** Sends a frame as servers do. */
        public void send(RawFrame frame) throws IOException {
            socket.send(frame.unmasked());
        }

        /** Reads the next frame, which must be a text message. Answers pings. */
        public String readText() throws IOException {
            RawFrame frame = socket.readMaskedFrame();
            while (frame.opcode() == RawFrame.PING) {
                send(RawFrame.of(RawFrame.PONG, frame.payload()));
                frame = socket.readMaskedFrame();
            }
            if (frame.opcode() != RawFrame.TEXT) {
                throw new AssertionError("Expected a text message, got " + frame);
            }
            return frame.payloadText();
        }

        /** Reads the next frame, which must be a close frame. */
        public int readClose() throws IOException {
            RawFrame frame = socket.readMaskedFrame();
            if (frame.opcode() != RawFrame.CLOSE) {
                throw new AssertionError("Expected a close frame, got " + frame);
            }
            return frame.closeCode();
        }

        /** A header of the request, null if it has none. */
        public @Nullable String header(String name) {
            return RemoteServer.header(request, name);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** The right answer to a request to upgrade, with further header lines. */
    public static String answer(String request, String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n")
                .append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
                .append(accept(String.valueOf(header(request, "Sec-WebSocket-Key"))))
                .append("\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    /** A header of a request, null if it has none. */
    public static @Nullable String header(String request, String name) {
        String wanted = name.toLowerCase(Locale.ROOT) + ":";
        return request.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(wanted))
                .map(line -> line.substring(wanted.length()).strip())
                .findFirst()
                .orElse(null);
    }

    private static String accept(String key) {
        try {
            byte[] text = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
