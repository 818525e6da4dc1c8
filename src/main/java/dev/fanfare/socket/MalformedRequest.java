package dev.fanfare.socket;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a request that does not follow RFC 9112, or is too long. Its connection can carry no other request.
 *
 * @param text for the client's developer; holds nothing of the request
 */
public record MalformedRequest(Kind kind, String text) {

    /** What the answer depends on. */
    public enum Kind {
        /** 400. */
        SYNTAX,
        /** 414. */
        LINE_TOO_LONG,
        /** 431. */
        HEADERS_TOO_LONG
    }

    /** Reads the result of decoding a request; null if it is well-formed. */
    public static @Nullable MalformedRequest of(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        if (cause == null) {
            return null;
        }
        if (cause instanceof TooLongHttpLineException) {
            return new MalformedRequest(
                    Kind.LINE_TOO_LONG, "the request line is too long; names and limits.requestHeaderBytes bound it");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new MalformedRequest(
                    Kind.HEADERS_TOO_LONG, "the headers are too long; names and limits.requestHeaderBytes bound them");
        }
        String text = cause instanceof RequestDecoder.Malformed ? cause.getMessage() : null;
        return new MalformedRequest(Kind.SYNTAX, text == null ? "the request does not follow HTTP" : text);
    }
}
