package dev.fanfare.core.alert;

import java.util.regex.Pattern;

/** Text of others, made fit for a line of a mail, a log or a terminal. */
public final class AlertText {

    /** Control and format characters, line and paragraph separators, and halves of surrogate pairs. */
    private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    private AlertText() {}

    /** Cuts it after a number of characters, 1 and up; then it ends with an ellipsis. */
    public static String cut(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
        return text.substring(0, end) + "…";
    }

    /** Replaces what could end the line, control a terminal or hide what follows. */
    public static String line(String text) {
        return UNFIT.matcher(text).replaceAll("?");
    }
}
