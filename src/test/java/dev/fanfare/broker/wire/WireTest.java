package dev.fanfare.broker.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permission;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.core.filter.FilterParser;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WireTest {

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    @Test
    void everyOperationComesBackAsItWas() throws Exception {
        System.out.println("seed " + seed);
        Set<Class<?>> seen = new LinkedHashSet<>();
        for (int i = 0; i < 2000; i++) {
            OperationRequest operationRequest = new OperationRequest(selector(), operation(), random.nextInt(5));
            byte[] bytes = WireWriter.toBytes(1, out -> Wire.writeAsk(out, operationRequest));
            OperationRequest back = Wire.readAsk(WireReader.of(bytes));
            assertEquals(operationRequest.hops(), back.hops());
            assertSame(operationRequest.operation(), back.operation());
            assertSame(operationRequest.target(), back.target());
            seen.add(operationRequest.operation().getClass());
        }
        assertEquals(Set.of(Operation.class.getPermittedSubclasses()), seen);
    }

    @Test
    void everyPublicationComesBackAsItWas() throws Exception {
        System.out.println("seed " + seed);
        for (int i = 0; i < 2000; i++) {
            Publication publication =
                    new Publication(selector(), message(), random.nextLong(), random.nextLong(), random.nextInt());
            byte[] bytes = WireWriter.toBytes(1, out -> Wire.writePublication(out, publication));
            Publication back = Wire.readPublication(WireReader.of(bytes));
            assertSame(publication.target(), back.target());
            assertEquals(publication.origin(), back.origin());
            assertEquals(publication.weight(), back.weight());
            assertEquals(publication.sequence(), back.sequence());
            assertEquals(publication.reportMillis(), back.reportMillis());
            Message message = publication.message();
            assertEquals(message.from(), back.message().from());
            assertEquals(message.group(), back.message().group());
            assertEquals(message.fromUserId(), back.message().fromUserId());
            assertEquals(message.metadata(), back.message().metadata());
            assertEquals(message.expiresAtMillis(), back.message().expiresAtMillis());
            assertEquals(message.payload().type(), back.message().payload().type());
            assertArrayEquals(
                    message.payload().bytes(), back.message().payload().bytes());
        }
    }

    @Test
    void everyAnswerComesBackAsItWas() throws Exception {
        System.out.println("seed " + seed);
        for (int i = 0; i < 500; i++) {
            List<OperationResult.Member> members = new ArrayList<>();
            for (int m = random.nextInt(4); m > 0; m--) {
                members.add(new OperationResult.Member(text(), optional(), random.nextBoolean() ? null : details()));
            }
            ErrorCode error = random.nextBoolean() ? null : any(ErrorCode.values());
            OperationResult operationResult = new OperationResult(
                    random.nextInt(), members, deliveryReport(), error, optional(), random.nextInt(9));
            byte[] bytes = WireWriter.toBytes(1, out -> Wire.writeAnswer(out, operationResult));
            assertEquals(operationResult, Wire.readAnswer(WireReader.of(bytes)));
        }
    }

    @Test
    void aMessageThatWasCutShortOrSpoiledIsAnErrorAndNotATrap() {
        System.out.println("seed " + seed);
        for (int i = 0; i < 500; i++) {
            Publication publication = new Publication(selector(), message(), 1, 2);
            byte[] bytes = WireWriter.toBytes(1, out -> Wire.writePublication(out, publication));
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            assertThrows(WireException.class, () -> Wire.readPublication(WireReader.of(cut)));
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                Wire.readPublication(WireReader.of(bytes));
            } catch (WireException expected) {
                // Refusal is the only allowed outcome: no array of gigabytes, no endless loop.
            }
        }
    }

    private static void assertSame(Selector expected, Selector actual) {
        assertEquals(expected.where(null), actual.where(null));
        assertEquals(
                expected.filter() == null ? null : expected.filter().source(),
                actual.filter() == null ? null : actual.filter().source());
    }

    private static void assertSame(Operation expected, Operation actual) {
        if (!(expected instanceof Operation.EventDone done) || done.message() == null) {
            assertEquals(expected, actual);
            return;
        }
        Operation.EventDone back = (Operation.EventDone) actual;
        assertArrayEquals(
                done.message().payload().bytes(),
                Objects.requireNonNull(back.message()).payload().bytes());
        assertEquals(done.message().metadata(), back.message().metadata());
        assertEquals(done.event(), back.event());
        assertEquals(done.error(), back.error());
        assertEquals(done.reason(), back.reason());
        assertEquals(done.connectionState(), back.connectionState());
    }

    private Operation operation() {
        Permission permission = any(Permission.values());
        return switch (random.nextInt(12)) {
            case 0 -> new Operation.Count();
            case 1 -> new Operation.ListMembers(optional(), 1 + random.nextInt(500));
            case 2 -> new Operation.Close(any(CloseReason.values()), 1000 + random.nextInt(4000), text());
            case 3 -> new Operation.AddToGroups(texts());
            case 4 -> new Operation.RemoveFromGroups(texts());
            case 5 -> new Operation.RemoveFromAllGroups();
            case 6 -> new Operation.Grant(permission, text());
            case 8 ->
                new Operation.Show(
                        optional(),
                        random.nextInt(),
                        random.nextBoolean() ? null : any(ConnectionType.values()),
                        random.nextBoolean() ? null : any(ConnectionState.values()),
                        random.nextInt());
            case 9 -> new Operation.FetchReport(random.nextLong(), random.nextLong(), random.nextInt());
            case 7 -> new Operation.Revoke(permission, text());
            case 10 ->
                new Operation.EventDone(
                        random.nextInt(),
                        random.nextBoolean() ? null : message(),
                        random.nextBoolean() ? null : any(ErrorCode.values()),
                        text(),
                        text());
            default -> new Operation.CountPermitted(permission, text());
        };
    }

    private OperationResult.Details details() {
        return new OperationResult.Details(
                any(ConnectionType.values()),
                any(ConnectionState.values()),
                text(),
                optional(),
                new OperationResult.GroupsOfMember(texts(), random.nextInt()),
                random.nextLong(),
                new OperationResult.Redials(random.nextInt(), optional()));
    }

    private DeliveryReport deliveryReport() {
        List<DeliveryReport.FailedDelivery> failures = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            failures.add(
                    new DeliveryReport.FailedDelivery(text(), any(ConnectionType.values()), any(ErrorCode.values())));
        }
        return new DeliveryReport(random.nextInt(), random.nextInt(), random.nextInt(), failures);
    }

    private Selector selector() {
        try {
            return new Selector(
                    text(),
                    optional(),
                    optional(),
                    optional(),
                    random.nextBoolean() ? null : FilterParser.parse("userId eq 'äöü' or 'a''b' in groups"),
                    new LinkedHashSet<>(texts()));
        } catch (dev.fanfare.core.filter.FilterException e) {
            throw new AssertionError(e);
        }
    }

    private Message message() {
        byte[] content = new byte[random.nextInt(300)];
        random.nextBytes(content);
        Map<String, String> metadata = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            metadata.put(text(), text());
        }
        return new Message(
                any(Message.From.values()),
                optional(),
                optional(),
                new Payload(any(DataType.values()), content),
                metadata,
                random.nextLong());
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            texts.add(text());
        }
        return texts;
    }

    private @Nullable String optional() {
        return random.nextBoolean() ? null : text();
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            int[] ranges = {0x7f, 0x7ff, 0xd7ff, 0x10ffff};
            int code = random.nextInt(ranges[random.nextInt(ranges.length)]);
            text.appendCodePoint(code >= 0xd800 && code <= 0xdfff ? 'x' : code);
        }
        return text.toString();
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
