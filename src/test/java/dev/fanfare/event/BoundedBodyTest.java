package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The body of an answer, as the web client writes it. */
class BoundedBodyTest {

    private final ByteBudget byteBudget = new ByteBudget(10_000);
    private final List<EventException> excesses = new ArrayList<>();
    private final List<BoundedBody> leftUnread = new ArrayList<>();
    private final BoundedBody body = new BoundedBody(10, byteBudget, excesses::add, leftUnread::add);

    @Test
    void oneAloneIsWithinTheBudgetHoweverLargeItIs() {
        assertTrue(byteBudget.reserve(20_000));
        assertFalse(byteBudget.reserve(1));
        byteBudget.release(20_000);
        assertEquals(0, byteBudget.used());
    }

    @Test
    void whatFitsIsTheBodyAndItsBytesAreGivenBack() {
        body.stream().write(Buffer.buffer("hello"));
        assertEquals(5, byteBudget.used());
        body.end();
        body.stop();
        assertEquals("hello", body.result().result().toString());
        assertEquals(0, byteBudget.used());
        assertEquals(List.of(), leftUnread);
    }

    @Test
    void whoSaysTooMuchIsNotReadAnyFurther() {
        body.stream().write(Buffer.buffer("hello"));
        assertFalse(body.writeQueueFull());
        body.write(Buffer.buffer("hello!"));
        assertTrue(body.writeQueueFull());
        assertEquals(1, excesses.size());
        assertEquals(List.of(body), leftUnread);
        assertEquals(0, byteBudget.used());
    }

    @Test
    void whatIsLeftUnreadIsReadAndForgottenBeforeItsConnectionCloses() {
        List<String> resumed = new ArrayList<>();
        body.stream().write(Buffer.buffer("more than ten"));
        body.drainHandler(room -> resumed.add(body.writeQueueFull() ? "still full" : "read on"));
        body.discard();
        body.discard();
        assertEquals(List.of("read on"), resumed);
        body.write(Buffer.buffer("what waited"));
        assertEquals(0, byteBudget.used());
        assertEquals(1, excesses.size());
    }
}
