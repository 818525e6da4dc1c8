package dev.fanfare.client;

import dev.fanfare.socket.Socket;
import dev.fanfare.socket.SocketEnd;

/** Delegates to the listener of a socket, and reports when the socket has closed. */
record TrackedListener(Socket.Listener listener, Runnable onClosed) implements Socket.Listener {

    @Override
    public void message(boolean text, byte[] payload) {
        listener.message(text, payload);
    }

    @Override
    public void control() {
        listener.control();
    }

    @Override
    public void read(int bytes, int fragments, long held) {
        listener.read(bytes, fragments, held);
    }

    @Override
    public void writable() {
        listener.writable();
    }

    @Override
    public void ending(SocketEnd socketEnd) {
        listener.ending(socketEnd);
    }

    @Override
    public void closed(SocketEnd socketEnd) {
        listener.closed(socketEnd);
        onClosed.run();
    }
}
