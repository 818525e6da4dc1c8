package dev.fanfare.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A wildcard pattern for group names: {@code ?} is one character except {@code .}, {@code *} any number of them, {@code
 * **} any number of any characters; {@code \} escapes these three signs and itself. Characters are UTF-16 units,
 * compared with case. Matching costs at most the product of both lengths, whatever the pattern. Immutable.
 */
public final class GroupPattern {

    /** The most {@code *} of a pattern; {@code **} counts twice. */
    public static final int MAX_STARS = 5;

    private static final int ONE = -1;
    private static final int SEGMENT = -2;
    private static final int ANYTHING = -3;

    /** Characters, or one of the wildcards above. */
    private final int[] symbols;

    private final int literalPrefix;

    private GroupPattern(int[] symbols) {
        this.symbols = symbols;
        int prefix = 0;
        while (prefix < symbols.length && symbols[prefix] >= 0) {
            prefix++;
        }
        this.literalPrefix = prefix;
    }

    /** The text from which {@link #parse} makes an equal pattern. */
    public String text() {
        StringBuilder text = new StringBuilder(symbols.length + 2);
        for (int symbol : symbols) {
            switch (symbol) {
                case ONE -> text.append('?');
                case SEGMENT -> text.append('*');
                case ANYTHING -> text.append("**");
                case '\\', '*', '?' -> text.append('\\').append((char) symbol);
                default -> text.append((char) symbol);
            }
        }
        return text.toString();
    }

    /** Parses a pattern; null if it is empty, has too many stars, or an escape of nothing or of another character. */
    public static @Nullable GroupPattern parse(String text) {
        int[] symbols = new int[text.length()];
        int count = 0;
        int stars = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
                if (i == text.length() || "\\*?".indexOf(text.charAt(i)) < 0) {
                    return null;
                }
                symbols[count++] = text.charAt(i);
            } else if (c == '*') {
                boolean twice = text.startsWith("**", i);
                symbols[count++] = twice ? ANYTHING : SEGMENT;
                stars += twice ? 2 : 1;
                i += twice ? 1 : 0;
            } else {
                symbols[count++] = c == '?' ? ONE : c;
            }
        }
        return count == 0 || stars > MAX_STARS ? null : new GroupPattern(Arrays.copyOf(symbols, count));
    }

    /** Whether the whole name matches. */
    public boolean matches(String group) {
        if (group.length() < literalPrefix) {
            return false;
        }
        for (int i = 0; i < literalPrefix; i++) {
            if (group.charAt(i) != symbols[i]) {
                return false;
            }
        }
        return matchesRest(group.substring(literalPrefix));
    }

    /** Tracks, symbol by symbol, at which positions of the name the pattern so far can end. */
    private boolean matchesRest(String rest) {
        boolean[] reached = new boolean[rest.length() + 1];
        reached[0] = true;
        boolean any = true;
        for (int s = literalPrefix; any && s < symbols.length; s++) {
            any = symbols[s] <= SEGMENT ? spread(reached, rest, symbols[s]) : step(reached, rest, symbols[s]);
        }
        return reached[rest.length()];
    }

    private static boolean spread(boolean[] reached, String rest, int symbol) {
        for (int i = 0; i < rest.length(); i++) {
            if (reached[i] && (symbol == ANYTHING || rest.charAt(i) != '.')) {
                reached[i + 1] = true;
            }
        }
        return true;
    }

    private static boolean step(boolean[] reached, String rest, int symbol) {
        boolean any = false;
        for (int i = rest.length() - 1; i >= 0; i--) {
            boolean fits = symbol == ONE ? rest.charAt(i) != '.' : rest.charAt(i) == symbol;
            reached[i + 1] = reached[i] && fits;
            any |= reached[i + 1];
        }
        reached[0] = false;
        return any;
    }
}
