package dev.fanfare.core.filter;

import java.util.Locale;

/**
 * A token of a filter.
 *
 * @param text as written; for a string, its content
 * @param position where it begins, counted from 1
 */
record Token(TokenKind tokenKind, String text, int position) {

    private static final int SHOWN = 24;

    enum TokenKind {
        WORD,
        STRING,
        INTEGER,
        SYMBOL,
        END
    }

    /** Whether it is this symbol, or this word in any case. */
    boolean is(String expected) {
        return (tokenKind == TokenKind.WORD || tokenKind == TokenKind.SYMBOL) && text.equalsIgnoreCase(expected);
    }

    /** The word without its case, for lookups in tables. */
    String key() {
        return text.toLowerCase(Locale.ROOT);
    }

    /** For error messages. */
    String shown() {
        return switch (tokenKind) {
            case END -> "the end";
            case STRING -> "a string";
            default -> "'" + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...") + "'";
        };
    }
}
