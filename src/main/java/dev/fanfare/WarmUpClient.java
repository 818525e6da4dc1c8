package dev.fanfare;

import dev.fanfare.core.protocol.Subprotocol;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The clients of a {@link WarmUp} on one event loop: {@value #LANES} at a time open a WebSocket, do what clients do, and
 * are followed by the next. Most only connect and close, as in a storm of reconnects; some publish to a group, and some lose
 * their socket and recover. Reads no more of the responses than it needs. Confined to its event loop.
 */
final class WarmUpClient extends VerticleBase {

    static final int LANES = 16;

    /** Of so many clients one is raw, one publishes and one recovers. */
    private static final int CYCLE = 16;

    private static final Pattern RECOVERY =
            Pattern.compile("\"connectionId\":\"([^\"]+)\".*\"reconnectionToken\":\"([^\"]+)\"", Pattern.DOTALL);
    private static final String JOIN = "{\"type\":\"joinGroup\",\"group\":\"warm\",\"ackId\":1}";
    private static final String PUBLISH =
            "{\"type\":\"sendToGroup\",\"group\":\"warm\",\"ackId\":2,\"dataType\":\"json\","
                    + "\"data\":{\"text\":\"warm\"}}";
    private static final int TEXT = 0x81;
    private static final int CLOSE = 0x88;
    private static final int MASKED = 0x80;
    private static final int MAX_SHORT = 125;
    private static final int LONG = 126;

    private final int port;
    private final String host;
    private final String hub;
    private final IntSupplier numbers;
    private final IntFunction<String> tokens;
    private final Promise<Void> over = Promise.promise();
    private @Nullable NetClient client;
    private int lanes = LANES;

    /**
     * Creates it.
     *
     * @param hub a valid name
     * @param numbers the number of the next client, 0 or greater; negative if there is none
     * @param tokens makes the token of a client, by its number
     */
    WarmUpClient(String host, int port, String hub, IntSupplier numbers, IntFunction<String> tokens) {
        this.host = host;
        this.port = port;
        this.hub = hub;
        this.numbers = numbers;
        this.tokens = tokens;
    }

    /** Completes when the last client has left; fails as soon as one was refused. Any thread may add to it. */
    Future<Void> over() {
        return over.future();
    }

    @Override
    public Future<?> start() {
        client = vertx.createNetClient();
        for (int lane = 0; lane < LANES; lane++) {
            next();
        }
        return Future.succeededFuture();
    }

    private void next() {
        int number = numbers.getAsInt();
        if (number >= 0) {
            new Client(number).connect();
        } else if (--lanes == 0) {
            over.tryComplete();
        }
    }

    private void failed(Throwable cause) {
        over.tryFail(cause);
    }

    private enum Script {
        CONNECT(Subprotocol.JSON),
        RAW(Subprotocol.RAW),
        PUBLISH(Subprotocol.JSON_RELIABLE),
        RECOVER(Subprotocol.JSON_RELIABLE);

        private final Subprotocol subprotocol;

        Script(Subprotocol subprotocol) {
            this.subprotocol = subprotocol;
        }

        static Script of(int number) {
            return switch (number % CYCLE) {
                case 5 -> RAW;
                case 10 -> PUBLISH;
                case 15 -> RECOVER;
                default -> CONNECT;
            };
        }
    }

    private final class Client {

        private final Script script;
        private final int number;
        private Buffer unread = Buffer.buffer();
        private @Nullable NetSocket socket;
        private boolean upgraded;
        private int frames;
        private boolean done;
        private @Nullable String recovery;

        Client(int number) {
            this.number = number;
            this.script = Script.of(number);
        }

        void connect() {
            connect("access_token=" + tokens.apply(number));
        }

        private void connect(String query) {
            NetClient with = client;
            if (with == null) {
                return;
            }
            with.connect(port, host)
                    .onSuccess(connected -> {
                        socket = connected;
                        connected.handler(this::read);
                        connected.closeHandler(v -> closed());
                        connected.write(request(query));
                    })
                    .onFailure(WarmUpClient.this::failed);
        }

        private String request(String query) {
            String offer = script.subprotocol == Subprotocol.RAW
                    ? ""
                    : "Sec-WebSocket-Protocol: " + script.subprotocol.wireName() + "\r\n";
            return "GET /client/hubs/" + hub + "?" + query + " HTTP/1.1\r\nHost: localhost:" + port
                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: d2FybS11cC13YXJtLXVwIQ==\r\n" + offer + "\r\n";
        }

        private void read(Buffer bytes) {
            unread.appendBuffer(bytes);
            if (!upgraded && !readHead()) {
                return;
            }
            for (String text = readFrame(); text != null; text = readFrame()) {
                frames++;
                answer(text);
            }
        }

        private boolean readHead() {
            String head = unread.toString(StandardCharsets.ISO_8859_1);
            int end = head.indexOf("\r\n\r\n");
            if (end < 0) {
                return false;
            }
            if (!head.startsWith("HTTP/1.1 101 ")) {
                failed(new IOException("a connection was refused: " + head.substring(0, head.indexOf('\r'))));
                return false;
            }
            upgraded = true;
            unread = unread.getBuffer(end + 4, unread.length());
            if (script == Script.RAW) {
                close();
            }
            return true;
        }

        /** The next complete frame; null if there is none. */
        private @Nullable String readFrame() {
            if (unread.length() < 2) {
                return null;
            }
            int length = unread.getUnsignedByte(1);
            int header = 2;
            if (length == LONG) {
                header = 4;
                length = unread.length() < header ? Integer.MAX_VALUE - header : unread.getUnsignedShort(2);
            }
            if (unread.length() < header + length) {
                return null;
            }
            String text = unread.getString(header, header + length);
            unread = unread.getBuffer(header + length, unread.length());
            return text;
        }

        private void answer(String text) {
            if (done) {
                return; // the close frame of the server
            }
            switch (script) {
                case PUBLISH -> {
                    switch (frames) {
                        case 1 -> write(TEXT, JOIN.getBytes(StandardCharsets.UTF_8));
                        case 2 -> write(TEXT, PUBLISH.getBytes(StandardCharsets.UTF_8));
                        case 4 -> close(); // the message and the ack
                        default -> {}
                    }
                }
                case RECOVER -> {
                    Matcher matcher = RECOVERY.matcher(text);
                    if (recovery == null && matcher.find()) {
                        recovery = "awps_connection_id=" + matcher.group(1) + "&awps_reconnection_token="
                                + matcher.group(2);
                        abort();
                    } else {
                        close();
                    }
                }
                case CONNECT, RAW -> close();
            }
        }

        private void abort() {
            if (socket != null) {
                socket.close();
            }
        }

        private void close() {
            done = true;
            write(CLOSE, new byte[] {3, (byte) 0xe8}); // 1000
        }

        /** Masked with zeros, which leave the payload as it is. */
        private void write(int type, byte[] payload) {
            Buffer frame = Buffer.buffer().appendUnsignedByte((short) type);
            if (payload.length <= MAX_SHORT) {
                frame.appendUnsignedByte((short) (MASKED | payload.length));
            } else {
                frame.appendUnsignedByte((short) (MASKED | LONG)).appendUnsignedShort(payload.length);
            }
            if (socket != null) {
                socket.write(frame.appendInt(0).appendBytes(payload));
            }
        }

        private void closed() {
            if (!done && recovery != null && upgraded) {
                upgraded = false;
                unread = Buffer.buffer();
                connect(recovery);
            } else if (done) {
                next();
            } else {
                failed(new IOException("a connection ended early"));
            }
        }
    }
}
