package dev.fanfare.bench;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** A server of one group without a subprotocol, which has one fault. Its publishers are those with a query. */
final class FaultyServer implements AutoCloseable {

    /** The faults. */
    enum Fault {
        NONE,
        /** Every tenth message is lost. */
        LOSES,
        /** Of every ten messages the ninth is forwarded twice; the run ends with the last one, which is not. */
        DOUBLES,
        /** Of every ten messages the ninth arrives after the tenth. */
        REORDERS,
        /** Members are closed after the tenth message. */
        CLOSES,
        /** No connection is upgraded. */
        REFUSES,
        /** No request is answered. */
        IS_SILENT,
        /** Answers are for another key. */
        ACCEPTS_WRONGLY
    }

    private static final byte[] GOING_AWAY = {(byte) 0x88, 0x06, 0x03, (byte) 0xE9, 'b', 'y', 'e', '!'};

    private final ServerSocket listener;
    private final Fault fault;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<OutputStream> members = new CopyOnWriteArrayList<>();
    private final List<byte[]> kept = new ArrayList<>();
    private int messages;

    FaultyServer(Fault fault) throws IOException {
        this.fault = fault;
        this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        daemon(this::acceptAll);
    }

    URI url() {
        return URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/");
    }

    /** The addresses of its clients. */
    Set<InetAddress> clients() {
        return sockets.stream().map(Socket::getInetAddress).collect(Collectors.toSet());
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "faulty-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void acceptAll() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                daemon(() -> serve(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            boolean publisher = request(in).contains("sendToGroup");
            if (!answer(out)) {
                return;
            }
            if (!publisher) {
                members.add(out);
            }
            byte[] frame = frame(in);
            while (frame[0] != (byte) 0x88) {
                receive(frame);
                frame = frame(in);
            }
            members.remove(out);
            out.write(frame);
        } catch (IOException e) {
            // the client is gone
        }
    }

    private static String request(DataInputStream in) throws IOException {
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            request.append((char) in.readUnsignedByte());
        }
        return request.toString();
    }

    private boolean answer(OutputStream out) throws IOException {
        if (fault == Fault.IS_SILENT) {
            return true;
        }
        if (fault == Fault.REFUSES) {
            write(out, "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 5\r\n\r\nshort");
            return false;
        }
        String accept = fault == Fault.ACCEPTS_WRONGLY ? "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" : Bench.expectedAccept();
        write(
                out,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                        + accept + "\r\n\r\n");
        return true;
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The next frame, as a server sends it. */
    private static byte[] frame(DataInputStream in) throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte() & 0x7F;
        if (length >= 126) {
            throw new IOException("tests send small messages only");
        }
        byte[] mask = in.readNBytes(4);
        byte[] frame = new byte[2 + length];
        frame[0] = (byte) first;
        frame[1] = (byte) length;
        for (int i = 0; i < length; i++) {
            frame[2 + i] = (byte) (in.readUnsignedByte() ^ mask[i & 3]);
        }
        return frame;
    }

    private synchronized void receive(byte[] frame) throws IOException {
        int number = messages++ % 10;
        switch (fault) {
            case LOSES -> send(number == 9 ? List.of() : List.of(frame));
            case DOUBLES -> send(number == 8 ? List.of(frame, frame) : List.of(frame));
            case REORDERS -> reorder(number, frame);
            case CLOSES -> closeAtTheTenth(frame);
            default -> send(List.of(frame));
        }
    }

    private void closeAtTheTenth(byte[] frame) throws IOException {
        if (messages <= 10) {
            send(List.of(messages < 10 ? frame : GOING_AWAY));
        }
    }

    private void reorder(int number, byte[] frame) throws IOException {
        kept.add(0, frame);
        if (number != 8) {
            send(kept);
            kept.clear();
        }
    }

    private void send(List<byte[]> frames) throws IOException {
        for (OutputStream member : members) {
            for (byte[] frame : frames) {
                member.write(frame);
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
