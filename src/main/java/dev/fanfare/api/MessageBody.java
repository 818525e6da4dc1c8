package dev.fanfare.api;

import dev.fanfare.core.ContentType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Payload;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.List;

/** Reads the body of a message as its Content-Type says. */
final class MessageBody {

    private MessageBody() {}

    /** Refuses, before the body is read, what {@link #of} would refuse whatever the body. */
    static void checkType(ContentType type) {
        if (!type.isJson() && !type.isText() && !type.isBinary()) {
            throw unsupported("Content-Type: application/json, text/plain or application/octet-stream is needed");
        }
    }

    /** Refuses a compressed or otherwise encoded body, which would be delivered as it is. */
    static void checkEncoding(List<String> encodings) {
        if (!encodings.stream().allMatch(ContentType::isIdentity)) {
            throw unsupported("Content-Encoding: none is supported; send the body as it is");
        }
    }

    /** @param body must not be modified afterwards */
    static Payload of(ContentType type, byte[] body) {
        if (type.isJson()) {
            JsonText.check(body);
            return new Payload(DataType.JSON, body);
        }
        return type.isText() ? Payload.text(decode(body, charset(type))) : Payload.binary(body);
    }

    static String decode(byte[] body, Charset charset) {
        try {
            return ContentType.decode(body, charset);
        } catch (CharacterCodingException e) {
            throw ApiException.badRequest("body", "body: is not " + charset.name());
        }
    }

    private static Charset charset(ContentType type) {
        try {
            return type.textCharset();
        } catch (IllegalArgumentException e) {
            throw unsupported("Content-Type: the charset is not known");
        }
    }

    static ApiException unsupported(String message) {
        return new ApiException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message);
    }
}
