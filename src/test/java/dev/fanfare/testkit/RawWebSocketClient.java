package dev.fanfare.testkit;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket client over a plain blocking socket, which sends any bytes, valid or not, and shows the server's frames one
 * by one. It answers nothing by itself. A read that takes longer than {@link Patience#LIMIT} fails.
 */
public final class RawWebSocketClient implements AutoCloseable {

    /** How the transport ended. */
    public enum End {
        /** In order. */
        EOF,
        /** With a reset. */
        RESET
    }

    private static final int TIMEOUT_MILLIS = (int) Patience.LIMIT.toMillis();

    private final Socket socket;
    private final DataInputStream in;

    /** Whether this is the client side; otherwise what it reads is masked, and what it sends is not. */
    private final boolean client;

    private RawWebSocketClient(Socket socket, boolean client) throws IOException {
        this.socket = socket;
        this.client = client;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /**
     * Connects to localhost and says nothing yet.
     *
     * @param tls for TLS, null for plain TCP
     */
    public static RawWebSocketClient connect(int port, @Nullable SSLContext tls) throws IOException {
        return connect(port, tls, 0);
    }

    /**
     * Connects to localhost and says nothing yet.
     *
     * @param tls for TLS, null for plain TCP
     * @param receiveBuffer of the kernel in bytes, 0 for its default; a small one makes a slow reader
     */
    public static RawWebSocketClient connect(int port, @Nullable SSLContext tls, int receiveBuffer) throws IOException {
        return connect("localhost", port, tls, receiveBuffer);
    }

    static RawWebSocketClient connect(String host, int port, @Nullable SSLContext tls, int receiveBuffer)
            throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
        if (tls != null) {
            socket = tls.getSocketFactory().createSocket(socket, host, port, true);
        }
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return new RawWebSocketClient(socket, true);
    }

    /** The other end of a connection that was accepted: what it reads is masked, what it sends is not. */
    static RawWebSocketClient accepted(Socket socket) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return new RawWebSocketClient(socket, false);
    }

    /**
     * A correct request to upgrade, with further header lines.
     *
     * @param target path and query
     * @param headers as {@code Name: value}
     */
    public static String upgradeRequest(String target, String... headers) {
        StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n")
                .append("Upgrade: websocket\r\nConnection: Upgrade\r\n")
                .append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    /** Connects and upgrades; fails unless the server answers 101. */
    public static RawWebSocketClient open(int port, @Nullable SSLContext tls, String target, String... headers)
            throws IOException {
        RawWebSocketClient client = connect(port, tls);
        client.send(upgradeRequest(target, headers));
        String head = client.readHead();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            client.disconnect();
            throw new IOException("Not upgraded: " + head);
        }
        return client;
    }

    /** Sends bytes as they are, in one write. */
    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** Sends characters as they are, in UTF-8. */
    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a frame as this side does: masked, if it is the client's. */
    public void send(RawFrame frame) throws IOException {
        send(wire(frame));
    }

    /** A frame as this side sends it. */
    public byte[] wire(RawFrame frame) {
        return client ? frame.masked() : frame.unmasked();
    }

    /** Reads the head of an HTTP response, with the empty line. */
    public String readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }

    /** Reads so many bytes of an HTTP response's body. */
    public String readBody(int length) throws IOException {
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    /** Reads a frame. Fails if it is not masked as the other side has to, or at the end of the transport. */
    public RawFrame readFrame() throws IOException {
        return readFrame(!client);
    }

    /** Reads a frame as a client sends it, and unmasks it. Fails if it is not masked, or at the end of the transport. */
    public RawFrame readMaskedFrame() throws IOException {
        return readFrame(true);
    }

    private RawFrame readFrame(boolean masked) throws IOException {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        if (((second & 0x80) != 0) != masked) {
            throw new IOException("A client masks and a server does not");
        }
        int form = second & 0x7F;
        long length = form < 126 ? form : form == 126 ? in.readUnsignedShort() : in.readLong();
        byte[] key = masked ? in.readNBytes(4) : new byte[4];
        byte[] payload = new byte[Math.toIntExact(length)];
        in.readFully(payload);
        for (int i = 0; masked && i < payload.length; i++) {
            payload[i] ^= key[i & 3];
        }
        return new RawFrame((first & 0x80) != 0, (first >> 4) & 7, first & 0x0F, payload);
    }

    /** Reads a frame that must be an unfragmented text message. */
    public String readText() throws IOException {
        return expect(RawFrame.TEXT).payloadText();
    }

    /** Reads a frame that must be the server's close frame. */
    public RawFrame readClose() throws IOException {
        return expect(RawFrame.CLOSE);
    }

    /** Waits for the end of the transport; fails if a byte comes before. */
    public End readEnd() throws IOException {
        try {
            int octet = in.read();
            if (octet >= 0) {
                throw new AssertionError("Expected the end, got byte " + octet);
            }
            return End.EOF;
        } catch (EOFException eof) {
            return End.EOF;
        } catch (SocketException | SSLException reset) {
            return End.RESET;
        }
    }

    /** Reads and drops everything up to the end of the transport. */
    public End drain() throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
            return End.EOF;
        } catch (SocketException | SSLException reset) {
            return End.RESET;
        }
    }

    /** Says that nothing more will be sent, and goes on reading. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** The port that the server sees. */
    public int localPort() {
        return socket.getLocalPort();
    }

    /** Ends the transport with a reset, as a crash of the client's network would. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Closes the transport. */
    public void disconnect() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        disconnect();
    }

    private RawFrame expect(int opcode) throws IOException {
        RawFrame frame = readFrame();
        if (!frame.fin() || frame.rsv() != 0 || frame.opcode() != opcode) {
            throw new AssertionError("Expected opcode " + opcode + ", got " + frame);
        }
        return frame;
    }
}
