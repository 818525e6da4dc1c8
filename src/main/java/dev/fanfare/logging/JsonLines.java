package dev.fanfare.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Encodes each log event as a flat JSON object: {@code ts}, {@code level}, {@code logger}, {@code msg}, the key-value
 * pairs of the event, and {@code exception} with a stack trace if there is one. A field without a value is omitted.
 * Runs on the thread that writes the log.
 */
public final class JsonLines extends EncoderBase<ILoggingEvent> {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);
    private static final Set<String> OURS = Set.of("ts", "level", "logger", "msg", "exception");
    private static final byte[] NOTHING = {};

    private final JsonFactory json = new JsonFactory();

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        try (ByteArrayBuilder out = new ByteArrayBuilder(512)) {
            try (JsonGenerator line = json.createGenerator(out)) {
                write(event, line);
            }
            out.write('\n');
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // impossible: written to memory
        }
    }

    private static void write(ILoggingEvent event, JsonGenerator line) throws IOException {
        line.writeStartObject();
        line.writeStringField("ts", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
        line.writeStringField("level", event.getLevel().toString());
        line.writeStringField("logger", event.getLoggerName());
        line.writeStringField("msg", valid(event.getFormattedMessage()));
        @Nullable List<KeyValuePair> fields = event.getKeyValuePairs();
        for (KeyValuePair field : fields == null ? List.<KeyValuePair>of() : fields) {
            if (field.value != null) {
                line.writeFieldName(OURS.contains(field.key) ? field.key + "_" : field.key);
                value(field.value, line);
            }
        }
        if (event.getThrowableProxy() != null) {
            line.writeStringField("exception", valid(ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
        line.writeEndObject();
    }

    private static void value(Object value, JsonGenerator line) throws IOException {
        if (value instanceof Long || value instanceof Integer) {
            line.writeNumber(((Number) value).longValue());
        } else if (value instanceof Double number) {
            line.writeNumber(number);
        } else if (value instanceof Boolean flag) {
            line.writeBoolean(flag);
        } else {
            line.writeString(valid(String.valueOf(value)));
        }
    }

    /** Replaces unpaired surrogates, which the JSON writer would reject. */
    private static String valid(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
