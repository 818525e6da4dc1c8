package dev.fanfare.core.filter;

/** Finds a string in another in linear time, even for hostile input: users choose one of them, servers the other. */
final class TextSearch {

    /** Up to this length the plain search is practically linear, and it needs no memory. */
    private static final int SHORT = 16;

    private TextSearch() {}

    /** As {@link String#indexOf(String)}. */
    static int indexOf(String text, String pattern) {
        if (pattern.length() <= SHORT) {
            return text.indexOf(pattern);
        }
        return pattern.length() > text.length() ? -1 : knuthMorrisPratt(text, pattern);
    }

    private static int knuthMorrisPratt(String text, String pattern) {
        int[] borders = borders(pattern);
        int matched = 0;
        for (int i = 0; i < text.length(); i++) {
            matched = extend(pattern, borders, matched, text.charAt(i));
            if (matched == pattern.length()) {
                return i - matched + 1;
            }
        }
        return -1;
    }

    /** For each prefix the length of its longest proper prefix that is also its suffix. */
    private static int[] borders(String pattern) {
        int[] borders = new int[pattern.length()];
        for (int i = 1; i < borders.length; i++) {
            borders[i] = extend(pattern, borders, borders[i - 1], pattern.charAt(i));
        }
        return borders;
    }

    /** How much of the pattern is matched after one more character; {@code matched} is less than all of it. */
    private static int extend(String pattern, int[] borders, int matched, char c) {
        int length = matched;
        while (length > 0 && pattern.charAt(length) != c) {
            length = borders[length - 1];
        }
        return pattern.charAt(length) == c ? length + 1 : 0;
    }
}
