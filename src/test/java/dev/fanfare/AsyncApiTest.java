package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fanfare.core.protocol.ClientFrame;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.testkit.AsyncApiDocument;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Checks asyncapi.yaml against the frames that clients and nodes exchange, and against the schema of AsyncAPI. */
class AsyncApiTest {

    private final AsyncApiDocument document = new AsyncApiDocument();

    @Test
    void theDocumentIsValidAsyncApi30() {
        assertEquals("[]", document.errors());
        document.references().forEach((reference, target) -> assertFalse(target.isMissingNode(), reference));
    }

    @Test
    void theSchemaFindsWhatIsWrong() {
        ((ObjectNode) document.root.at("/operations/hearClient")).put("action", "hear");
        assertNotEquals("[]", document.errors());
    }

    @Test
    void everyFrameOfAClientIsThere() {
        Set<String> known = Arrays.stream(ClientFrame.class.getPermittedSubclasses())
                .filter(frame -> frame != ClientFrame.NotAllowed.class) // one of the others, with a bad name
                .map(frame -> lowered(frame.getSimpleName()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(known, new TreeSet<>(document.messagesOf("hearClient")));
    }

    @Test
    void theExamplesOfAClientAreFramesOfTheirKind() throws Exception {
        for (String message : document.messagesOf("hearClient")) {
            List<String> examples = document.examplesOf(message);
            assertFalse(examples.isEmpty(), message);
            for (String example : examples) {
                ClientFrame frame = JsonCodec.RELIABLE.decode(true, example.getBytes(StandardCharsets.UTF_8));
                assertEquals(message, lowered(frame.getClass().getSimpleName()));
                assertEquals("[]", document.errorsOf(message, example));
            }
        }
    }

    @Test
    void everyFrameOfANodeIsThereAndLooksAsDescribed() {
        Set<String> known = Arrays.stream(Codec.class.getMethods())
                .filter(method -> method.getReturnType() == Encoded.class)
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(known, new TreeSet<>(document.messagesOf("tellClient")));
        Map<String, List<Encoded>> frames = frames();
        assertEquals(known, frames.keySet());
        frames.forEach((message, all) -> all.forEach(frame -> {
            String text = new String(frame.body(), StandardCharsets.UTF_8);
            assertEquals("[]", document.errorsOf(message, text), text);
        }));
    }

    @Test
    void aNodeServesTheDocument() throws IOException {
        try (TestNode node = TestNode.start()) {
            assertEquals(
                    Files.readString(Path.of("src/main/resources/asyncapi.yaml")),
                    node.call("GET", "/api/asyncapi.yaml").body());
        }
    }

    private static Map<String, List<Encoded>> frames() {
        JsonCodec codec = JsonCodec.PLAIN;
        Codec.AckError error = new Codec.AckError("Forbidden", "no");
        Map<String, String> metadata = Map.of("trace", "7");
        Map<String, List<Encoded>> frames = new TreeMap<>();
        frames.put("connected", List.of(codec.connected("c", null, null), codec.connected("c", "alice", "token")));
        frames.put("disconnected", List.of(codec.disconnected("bye")));
        frames.put("dropped", List.of(codec.dropped(2)));
        frames.put("ack", List.of(codec.ack(-1, null), codec.ack(0, error)));
        frames.put("pong", List.of(codec.pong()));
        frames.put(
                "message",
                List.of(
                        codec.message(Message.toGroup("g", "alice", Payload.text("x"), metadata, Message.NEVER)),
                        codec.message(Message.fromServer(Payload.json("[1]"), Map.of(), Message.NEVER)),
                        codec.message(Message.fromServer(Payload.binary(new byte[1]), Map.of(), Message.NEVER))));
        frames.put(
                "invokeResponse",
                List.of(
                        codec.invokeResponse("1", Payload.json("{}"), null),
                        codec.invokeResponse("1", null, null),
                        codec.invokeResponse("1", null, error)));
        return frames;
    }

    private static String lowered(String name) {
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }
}
