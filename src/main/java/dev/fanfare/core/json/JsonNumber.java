package dev.fanfare.core.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** What numbers of JSON are worth. It has one kind of them, in which 5, 5.0 and 50e-1 are the same integer. */
public final class JsonNumber {

    /** More than any integer has that has a meaning for us; longer ones are costly to read. */
    private static final int MAX_DIGITS = 40;

    private JsonNumber() {}

    /** The integer that a number is; null if it is none, or is written with more than 40 characters or has more digits. */
    public static @Nullable BigInteger integer(String number) {
        if (number.length() > MAX_DIGITS) {
            return null;
        }
        try {
            BigDecimal value = new BigDecimal(number).stripTrailingZeros();
            boolean whole = value.scale() <= 0 && value.scale() >= -MAX_DIGITS;
            return whole ? value.toBigIntegerExact() : null;
        } catch (ArithmeticException | NumberFormatException e) {
            return null;
        }
    }
}
