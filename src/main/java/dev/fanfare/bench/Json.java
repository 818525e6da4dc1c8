package dev.fanfare.bench;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Quotes texts as JSON strings. */
final class Json {

    private Json() {}

    static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
