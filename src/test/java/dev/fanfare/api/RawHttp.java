package dev.fanfare.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A socket on which a test writes HTTP/1 by hand, unlike any client. */
final class RawHttp implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket;

    RawHttp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
    }

    /** Writes text of which each character is a byte. */
    RawHttp write(String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return this;
    }

    /** Writes until the other side closes the connection. */
    void writeUntilClosed(String text) {
        long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
        try {
            while (System.nanoTime() < deadline) {
                write(text);
            }
        } catch (IOException expected) {
            return;
        }
        throw new AssertionError("the connection was not closed");
    }

    /** Writes nothing more and waits until the other side closes the connection. */
    void awaitClosed() throws IOException {
        if (socket.getInputStream().read() >= 0) {
            throw new AssertionError("something more was sent");
        }
    }

    /** The next response: its head, and its body if it has a Content-Length. */
    String read() {
        try {
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            while (!seen.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = in.read();
                if (next < 0) {
                    throw new AssertionError("closed after: " + seen);
                }
                seen.write(next);
            }
            String head = seen.toString(StandardCharsets.ISO_8859_1);
            return head + new String(in.readNBytes(contentLength(head)), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int contentLength(String head) {
        for (String line : head.split("\r\n")) {
            if (line.regionMatches(true, 0, "content-length: ", 0, 16)) {
                return Integer.parseInt(line.substring(16));
            }
        }
        return 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
