package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.Http1ServerConfig;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RequestHeadsTest {

    private static final String BEGINNING = "GET / HTTP/1.1\r\nHost: a\r\n"; // 25 bytes

    private final AtomicInteger overloads = new AtomicInteger();
    private final RequestHeads heads = new RequestHeads(1000, 1000, 60, overloads::incrementAndGet);

    @Test
    void headsThatAreNotCompleteAreBoundedTogether() {
        EmbeddedChannel first = connection(BEGINNING);
        EmbeddedChannel second = connection(BEGINNING);
        EmbeddedChannel third = connection(BEGINNING);

        assertTrue(first.isActive() && second.isActive());
        assertFalse(third.isActive());
        assertEquals(1, overloads.get());
    }

    @Test
    void whatIsCompleteOrGoneCountsNoMore() {
        EmbeddedChannel complete = connection(BEGINNING);
        connection(BEGINNING).close();
        send(complete, "\r\n");
        send(complete, BEGINNING + "\r\n" + BEGINNING + "\r\n");
        EmbeddedChannel body = connection(BEGINNING + "Content-Length: 100\r\n\r\n");
        send(body, "x".repeat(99));

        assertTrue(connection(BEGINNING).isActive());
        assertTrue(connection(BEGINNING).isActive());
        assertTrue(complete.isActive() && body.isActive());
        assertEquals(0, overloads.get());
    }

    @Test
    void aLineThatIsNotCompleteCounts() {
        EmbeddedChannel first = connection("GET /" + "x".repeat(20));
        EmbeddedChannel second = connection("GET /" + "x".repeat(20));
        EmbeddedChannel third = connection("GET /" + "x".repeat(20));

        assertTrue(first.isActive() && second.isActive());
        assertFalse(third.isActive());
        first.close();
        assertTrue(connection("GET /" + "x".repeat(20)).isActive());
        assertEquals(1, overloads.get());
    }

    @Test
    void theBufferOfAFewBytesCounts() {
        EmbeddedChannel channel = connection("");
        ByteBuf buffer = Unpooled.buffer(61);
        channel.writeInbound(buffer.writeByte('G'));

        assertFalse(channel.isActive());
    }

    @Test
    void aChunkHeaderAndTrailersThatAreNotCompleteCount() {
        String chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        EmbeddedChannel header = connection(chunked);
        EmbeddedChannel trailers = connection(chunked);
        send(header, "1;" + "x".repeat(59));
        send(trailers, "0\r\nOne: " + "x".repeat(24) + "\r\n");
        assertTrue(trailers.isActive());
        send(trailers, "Two: " + "x".repeat(30) + "\r\n");

        assertFalse(header.isActive() || trailers.isActive());
    }

    @Test
    void whatFollowsABrokenRequestIsDroppedAndDoesNotCount() {
        EmbeddedChannel broken = connection("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        for (int i = 0; i < 4; i++) {
            send(broken, BEGINNING);
        }

        assertTrue(broken.isActive());
        assertTrue(connection(BEGINNING).isActive());
    }

    @Test
    void whatComesBehindARequestToUpgradeCounts() {
        EmbeddedChannel first = new EmbeddedChannel(new Upgrade.HeldBytes(heads));
        EmbeddedChannel second = new EmbeddedChannel(new Upgrade.HeldBytes(heads));
        send(first, "x".repeat(40));
        send(second, "x".repeat(40));
        assertTrue(first.isActive());
        assertFalse(second.isActive());

        first.close();
        assertTrue(connection(BEGINNING).isActive());
        assertEquals(1, overloads.get());
    }

    private EmbeddedChannel connection(String bytes) {
        EmbeddedChannel channel = new EmbeddedChannel(new RequestDecoder(new Http1ServerConfig(), heads));
        send(channel, bytes);
        return channel;
    }

    private static void send(EmbeddedChannel channel, String bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            ReferenceCountUtil.release(message);
        }
    }
}
