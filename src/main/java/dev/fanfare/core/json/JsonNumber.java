package dev.fanfare.core.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** The values of JSON numbers. JSON has one number type, in which 5, 5.0 and 50e-1 are the same integer. */
public final class JsonNumber {

    /** More than any meaningful integer has; longer ones are expensive to parse. */
    private static final int MAX_DIGITS = 40;

    private JsonNumber() {}

    /** The value as an integer; null if it is none, or is written with more than 40 characters or has more digits. */
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
