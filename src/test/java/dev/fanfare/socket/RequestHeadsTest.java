package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.Http1ServerConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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

        assertFalse(first.isActive());
        assertTrue(second.isActive() && third.isActive());
        assertEquals(1, overloads.get());
    }

    @Test
    void theConnectionThatHoldsMostGivesWay() {
        EmbeddedChannel small = connection("GET");
        EmbeddedChannel large = connection(BEGINNING + "A: 123456789\r\n");
        EmbeddedChannel next = connection(BEGINNING);

        assertFalse(large.isActive());
        assertTrue(small.isActive() && next.isActive());
    }

    @Test
    void aBodyIsNotReadBeforeItIsAskedFor() {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n";
        RequestHeads roomy = new RequestHeads(1000, 1000, 10_000, overloads::incrementAndGet);
        RequestDecoder decoder = new RequestDecoder(new Http1ServerConfig(), roomy);
        EmbeddedChannel channel = new EmbeddedChannel(decoder);

        assertEquals(1, send(channel, head));
        assertEquals(0, send(channel, "x".repeat(1000)));
        assertTrue(channel.config().isAutoRead());
        assertEquals(0, send(channel, "x".repeat(1000)));
        assertFalse(channel.config().isAutoRead());

        decoder.readBody();
        channel.runPendingTasks();
        assertTrue(channel.config().isAutoRead());
        assertEquals(1, drain(channel));
        assertEquals(1, send(channel, "x".repeat(2000)));
    }

    @Test
    void bodiesThatNobodyAskedForAreBoundedWithTheHeads() {
        RequestHeads roomy = new RequestHeads(1000, 1000, 10_000, overloads::incrementAndGet);
        List<EmbeddedChannel> channels = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            EmbeddedChannel channel = new EmbeddedChannel(new RequestDecoder(new Http1ServerConfig(), roomy));
            send(channel, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n" + "x".repeat(1000));
            channels.add(channel);
        }

        assertTrue(channels.stream().filter(EmbeddedChannel::isActive).count() < 10);
        assertTrue(channels.get(19).isActive());
        assertTrue(overloads.get() >= 10);
    }

    @Test
    void aRequestIsNotDecodedBeforeTheOneBeforeItIsAnswered() {
        RequestHeads roomy = new RequestHeads(1000, 1000, 10_000, overloads::incrementAndGet);
        RequestDecoder decoder = new RequestDecoder(new Http1ServerConfig(), roomy);
        EmbeddedChannel channel = new EmbeddedChannel(decoder, decoder.answers());

        assertEquals(2, send(channel, (BEGINNING + "\r\n").repeat(3)));
        Channels.write(channel, new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        channel.runPendingTasks();
        assertEquals(0, drain(channel));
        for (int i = 0; i < 2; i++) {
            Channels.write(channel, new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
            channel.runPendingTasks();
            assertEquals(2, drain(channel));
        }
        channel.releaseOutbound();
    }

    @Test
    void nothingIsDecodedBehindTheLastAnswer() {
        for (String head : List.of("Transfer-Encoding: chunked\r\n\r\n", "Content-Length: 9000\r\n\r\n", "\r\n")) {
            RequestHeads roomy = new RequestHeads(1000, 1000, 10_000, overloads::incrementAndGet);
            RequestDecoder decoder = new RequestDecoder(new Http1ServerConfig(), roomy);
            EmbeddedChannel channel = new EmbeddedChannel(decoder, decoder.answers());
            boolean body = head.length() > 2;
            assertEquals(body ? 1 : 2, send(channel, BEGINNING + head + "1\r\nx\r\n".repeat(1000)));

            DefaultFullHttpResponse answer =
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.UNAUTHORIZED);
            if (!body) {
                answer.headers().set("Connection", "close");
            }
            channel.writeOutbound(answer);
            Channels.close(channel);
            assertTrue(channel.isActive());
            assertEquals("close", answer.headers().get("Connection"));
            channel.runPendingTasks();
            assertEquals(0, drain(channel));
            assertTrue(channel.config().isAutoRead());
            assertEquals(0, send(channel, "1\r\nx\r\n".repeat(1000)));

            assertEquals(0, send(channel, "x".repeat(LingeringClose.BYTES)));
            assertFalse(channel.isActive());
            channel.releaseOutbound();
        }
    }

    @Test
    void whatGoesOnLeavesRoomForOthersInEachTurn() {
        EmbeddedChannel channel = connection("");
        List<Boolean> ran = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            heads.later(channel.eventLoop(), () -> ran.add(false), false);
        }
        heads.later(channel.eventLoop(), () -> ran.add(true), true);
        channel.runScheduledPendingTasks(); // one turn
        assertTrue(ran.get(0) && ran.size() < 50, "ran=" + ran.size());
        for (int i = 0; i < 3; i++) {
            channel.runScheduledPendingTasks();
        }
        assertEquals(101, ran.size());
    }

    @Test
    void bodiesLeaveRoomForTheRestInEachTurn() {
        EmbeddedChannel channel = connection("");
        List<Boolean> ran = new ArrayList<>();
        heads.later(channel.eventLoop(), () -> ran.add(false), false);
        for (int i = 0; i < 100; i++) {
            heads.later(channel.eventLoop(), () -> ran.add(true), true);
        }
        channel.runScheduledPendingTasks(); // one turn
        assertTrue(ran.contains(false) && ran.size() < 50, "ran=" + ran.size());
    }

    @Test
    void whatIsCompleteOrGoneCountsNoMore() {
        EmbeddedChannel complete = connection(BEGINNING);
        Channels.close(connection(BEGINNING));
        send(complete, "\r\n");
        EmbeddedChannel body = connection(BEGINNING + "Content-Length: 100\r\n\r\n");
        body.pipeline().get(RequestDecoder.class).readBody();
        body.runPendingTasks();
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

        assertFalse(first.isActive());
        assertTrue(second.isActive() && third.isActive());
        Channels.close(second);
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
        EmbeddedChannel header = body(chunked);
        EmbeddedChannel trailers = body(chunked);
        send(header, "1;" + "x".repeat(59));
        send(trailers, "0\r\nOne: " + "x".repeat(24) + "\r\n");
        assertTrue(trailers.isActive());
        send(trailers, "Two: " + "x".repeat(30) + "\r\n");

        assertFalse(header.isActive() || trailers.isActive());
    }

    @Test
    void whatFollowsABrokenRequestIsDroppedAndDoesNotCount() {
        EmbeddedChannel broken = body("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        send(broken, "zz\r\n");
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
        assertFalse(first.isActive());
        assertTrue(second.isActive());

        Channels.close(second);
        assertTrue(connection(BEGINNING).isActive());
        assertEquals(1, overloads.get());
    }

    @Test
    void workThatFailsDoesNotHoldUpTheRest() {
        EmbeddedChannel channel = new EmbeddedChannel();
        AtomicInteger runs = new AtomicInteger();

        heads.later(
                channel.eventLoop(),
                () -> {
                    throw new IllegalStateException("bug");
                },
                true);
        heads.later(channel.eventLoop(), runs::incrementAndGet, false);
        channel.runPendingTasks();
        channel.runPendingTasks();

        assertEquals(1, runs.get());
    }

    private EmbeddedChannel connection(String bytes) {
        EmbeddedChannel channel = new EmbeddedChannel(new RequestDecoder(new Http1ServerConfig(), heads));
        send(channel, bytes);
        return channel;
    }

    /** A connection whose request body is read. */
    private EmbeddedChannel body(String head) {
        EmbeddedChannel channel = connection(head);
        channel.pipeline().get(RequestDecoder.class).readBody();
        channel.runPendingTasks();
        return channel;
    }

    private static int send(EmbeddedChannel channel, String bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
        return drain(channel);
    }

    private static int drain(EmbeddedChannel channel) {
        int count = 0;
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            ReferenceCountUtil.release(message);
            count++;
        }
        return count;
    }
}
