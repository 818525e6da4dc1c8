package dev.fanfare.socket;

import static dev.fanfare.socket.SocketServer.ECHO;
import static dev.fanfare.socket.SocketServer.OPTIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.socket.SocketServer.Transport;
import dev.fanfare.testkit.ConformanceCase;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of every {@link Socket} with compression, over plain TCP and over TLS. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = Transport.class,
        mode = EnumSource.Mode.EXCLUDE,
        names = {"DIALLED", "DIALLED_TLS"})
@Timeout(60)
class CompressionContractTest {

    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate";
    private static final CompressionMeter UNHEARD = new CompressionMeter() {
        @Override
        public void deflated(int bytesBefore, int bytesAfter, long nanos) {}

        @Override
        public void inflated(int bytesBefore, int bytesAfter, long nanos) {}
    };

    @Parameter
    Transport transport = Transport.TCP;

    private final MessageDeflater deflater = new MessageDeflater(UNHEARD);
    private SocketServer server;

    @BeforeEach
    void start() throws Exception {
        SocketOptions options =
                OPTIONS.deflating(new MessageInflater(OPTIONS.limits().messageBytes(), 100, UNHEARD));
        server = new SocketServer(transport, options, (recorder, message) -> {
            if (message.startsWith("share ")) {
                share(recorder.socket, message);
            } else {
                ECHO.accept(recorder, message);
            }
        });
    }

    @AfterEach
    void stop() {
        server.close();
        deflater.close();
        assertEquals(0, server.faults.get());
    }

    /** Sends it three times in one write: compressed, plain, compressed. */
    private void share(Socket socket, String message) {
        Encoded encoded = SocketServer.text(message);
        byte[] deflated = deflater.deflate(encoded.body());
        try (SharedFrames frames =
                SharedFrames.of(List.of(encoded, encoded, encoded), Arrays.asList(deflated, null, deflated))) {
            socket.sendNow(frames);
        }
    }

    @TestFactory
    Stream<DynamicTest> everyCaseOfCompression() throws IOException {
        return ConformanceCase.ofCompression().stream()
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> run(one)));
    }

    private void run(ConformanceCase one) throws IOException {
        try (RawWebSocketClient client = server.open(OFFER)) {
            one.run(client, null);
        }
    }

    @Test
    void sharedFramesLeaveCompressedOrNotAsTheyWereMade() throws Exception {
        try (RawWebSocketClient client = server.open(OFFER)) {
            for (int length : new int[] {100, 5_000, 120_000}) {
                String message = "share " + "and share alike ".repeat(length / 16);
                client.send(RawFrame.text(message));
                for (int rsv : new int[] {4, 0, 4}) {
                    RawFrame frame = client.readFrame();
                    assertEquals(RawFrame.TEXT, frame.opcode());
                    assertEquals(rsv, frame.rsv());
                    byte[] payload = rsv == 0 ? frame.payload() : CompressionTest.inflate(frame.payload());
                    assertEquals(message, new String(payload, StandardCharsets.UTF_8));
                }
            }
        }
    }
}
