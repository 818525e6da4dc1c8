package dev.fanfare.client;

import dev.fanfare.socket.Ending;
import dev.fanfare.socket.Socket;

/** Passes everything on to the listener of a socket, and tells when the socket has ended. */
record Watched(Socket.Listener listener, Runnable onClosed) implements Socket.Listener {

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
    public void ending(Ending ending) {
        listener.ending(ending);
    }

    @Override
    public void closed(Ending ending) {
        listener.closed(ending);
        onClosed.run();
    }
}
