package dev.fanfare.socket;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * Why a request could not be decoded: it violates RFC 9112 or is too long. Its connection cannot carry another request.
 *
 * @param text for the client's developer; contains nothing of the request
 */
public record MalformedRequest(MalformedPart malformedPart, String text) {

    /** Determines the status of the response. */
    public enum MalformedPart {
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
                    MalformedPart.LINE_TOO_LONG,
                    "the request line is too long; names and limits.requestHeaderBytes bound it");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new MalformedRequest(
                    MalformedPart.HEADERS_TOO_LONG,
                    "the headers are too long; names and limits.requestHeaderBytes bound them");
        }
        String text = cause instanceof RequestDecoder.Malformed ? cause.getMessage() : null;
        return new MalformedRequest(MalformedPart.SYNTAX, text == null ? "the request does not follow HTTP" : text);
    }
}
