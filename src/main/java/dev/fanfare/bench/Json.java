package dev.fanfare.bench;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Texts as JSON has them. */
final class Json {

    private Json() {}

    static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
