package dev.fanfare.core.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.fuzz.FuzzSeeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Frames of clients in JSON, and JSON by itself, which is accepted as Jackson accepts it. */
public final class JsonFuzz {

    private static final int MAX_REASON = 123;
    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonReader.MAX_DEPTH)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();
    private static final Pattern SURROGATE_ESCAPE = Pattern.compile("\\\\u[dD][89a-fA-F]");

    private JsonFuzz() {}

    public static void run(byte[] data) {
        decode(JsonCodec.PLAIN, data);
        decode(JsonCodec.RELIABLE, data);
        String text = utf8(data);
        // Jackson refuses lone surrogates in names, and what stands alone and unpaired in others.
        if (text != null && !SURROGATE_ESCAPE.matcher(text).find()) {
            boolean ours = JsonReader.problem(data) == null;
            if (ours != acceptedByJackson(text)) {
                throw new AssertionError((ours ? "only we accept " : "only Jackson accepts ") + text);
            }
        }
    }

    private static void decode(Codec codec, byte[] data) {
        try {
            codec.decode(true, data);
        } catch (ProtocolViolation refused) {
            String reason = String.valueOf(refused.getMessage());
            if (reason.getBytes(StandardCharsets.UTF_8).length > MAX_REASON) {
                throw new AssertionError("too long for a close frame: " + reason, refused);
            }
        }
    }

    private static @Nullable String utf8(byte[] data) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static boolean acceptedByJackson(String text) {
        try (JsonParser parser = JACKSON.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    /** The frames of other tests. */
    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>(FuzzSeeds.texts("[1e5, -0.1, null, \"\\n\\u0041\"]"));
        for (String file : List.of("client.txt", "malformed.txt")) {
            for (FrameCase each : FrameCase.read(file)) {
                String line = each.lines().get(0);
                seeds.add(FrameCase.bytes(line.substring(line.indexOf(' ') + 1)));
            }
        }
        return seeds;
    }
}
