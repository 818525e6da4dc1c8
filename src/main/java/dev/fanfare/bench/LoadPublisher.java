package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A connection that publishes and joins no group. */
final class LoadPublisher extends LoadConnection {

    private final int number;
    private final int[] published;
    private byte @Nullable [] template;
    private int templateStream = -1;
    private int markerOffset;

    /**
     * @param number from 0
     * @param published messages of each stream of the run; those of this publisher are counted here
     */
    LoadPublisher(Driver driver, int number, int[] published) {
        super(driver, driver.plan().endpoints().publisherUrl(number), System.nanoTime());
        this.number = number;
        this.published = published;
    }

    @Override
    byte[] request() {
        Plan plan = driver().plan();
        Plan.Endpoints endpoints = plan.endpoints();
        String query = endpoints.loadSubprotocol().json()
                ? ""
                : LoadHandshake.publishingTo(plan.load().groupName(plan.load().groupOf(number)));
        return LoadHandshake.request(url(), query, endpoints.tokens().publisher(), endpoints.loadSubprotocol());
    }

    @Override
    void opened() {
        if (!driver().plan().endpoints().loadSubprotocol().json()) {
            becomeReady();
        }
    }

    @Override
    void message(ByteBuf bytes, int start, int length) {
        if (!ready() && text(bytes, start, length).startsWith("{\"type\":\"system\",\"event\":\"connected\"")) {
            becomeReady();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (writable()) {
            driver().writable();
        }
    }

    boolean writable() {
        return channel().isWritable();
    }

    /** Publishes messages of one stream together, all due at the same time. */
    void publish(int stream, int count, long time) {
        byte[] message = template(stream);
        ByteBuf frames = channel().alloc().directBuffer(count * (message.length + Frames.MAX_HEADER));
        for (int i = 0; i < count; i++) {
            driver().marker().put(message, markerOffset, stream, published[stream]++, time);
            Frames.write(frames, Frames.TEXT, message);
        }
        write(frames);
    }

    private byte[] template(int stream) {
        if (template == null || templateStream != stream) {
            template = message(stream);
            templateStream = stream;
        }
        return template;
    }

    private byte[] message(int stream) {
        Plan plan = driver().plan();
        byte[] data = new byte[plan.load().size()];
        Arrays.fill(data, (byte) '.');
        if (!plan.endpoints().loadSubprotocol().json()) {
            return data;
        }
        String group = Json.quoted(plan.load().groupName(plan.load().groupOf(stream)));
        byte[] head = ("{\"type\":\"sendToGroup\",\"group\":" + group + ",\"dataType\":\"text\",\"data\":\"")
                .getBytes(StandardCharsets.UTF_8);
        markerOffset = head.length;
        byte[] message = Arrays.copyOf(head, head.length + data.length + 2);
        System.arraycopy(data, 0, message, head.length, data.length);
        message[message.length - 2] = '"';
        message[message.length - 1] = '}';
        return message;
    }
}
