package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
