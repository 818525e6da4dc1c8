package dev.fanfare.core.filter;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of the filter language. With a null argument each returns a fixed value without running. */
enum Function {
    LENGTH(ValueType.INTEGER, null, Function::length, List.of(EnumSet.of(ValueType.STRING, ValueType.GROUPS))),
    TOLOWER(ValueType.STRING, null, a -> text(a, 0).toLowerCase(Locale.ROOT), Of.STRING),
    TOUPPER(ValueType.STRING, null, a -> text(a, 0).toUpperCase(Locale.ROOT), Of.STRING),
    TRIM(ValueType.STRING, null, a -> text(a, 0).strip(), Of.STRING),
    CONTAINS(ValueType.BOOLEAN, false, a -> TextSearch.indexOf(text(a, 0), text(a, 1)) >= 0, Of.TWO_STRINGS),
    STARTSWITH(ValueType.BOOLEAN, false, a -> text(a, 0).startsWith(text(a, 1)), Of.TWO_STRINGS),
    ENDSWITH(ValueType.BOOLEAN, false, a -> text(a, 0).endsWith(text(a, 1)), Of.TWO_STRINGS),
    INDEXOF(ValueType.INTEGER, -1L, a -> (long) TextSearch.indexOf(text(a, 0), text(a, 1)), Of.TWO_STRINGS),
    CONCAT(ValueType.STRING, null, a -> text(a, 0).concat(text(a, 1)), Of.TWO_STRINGS),
    SUBSTRING(ValueType.STRING, null, Function::substring, Of.STRING_AND_TWO_INTEGERS);

    /** Runs a function on arguments of the declared types, none of them null. */
    private interface Evaluation {
        Object run(Object[] arguments);
    }

    private static final class Of {
        private static final Set<ValueType> TEXT = EnumSet.of(ValueType.STRING);
        private static final Set<ValueType> NUMBER = EnumSet.of(ValueType.INTEGER);
        static final List<Set<ValueType>> STRING = List.of(TEXT);
        static final List<Set<ValueType>> TWO_STRINGS = List.of(TEXT, TEXT);
        static final List<Set<ValueType>> STRING_AND_TWO_INTEGERS = List.of(TEXT, NUMBER, NUMBER);
    }

    private final ValueType result;
    private final @Nullable Object ifNull;
    private final Evaluation evaluation;
    private final List<Set<ValueType>> parameters;

    Function(ValueType result, @Nullable Object ifNull, Evaluation evaluation, List<Set<ValueType>> parameters) {
        this.result = result;
        this.ifNull = ifNull;
        this.evaluation = evaluation;
        this.parameters = parameters;
    }

    /** The function of that lower-case name, or null. */
    static @Nullable Function of(String key) {
        for (Function function : values()) {
            if (function.key().equals(key)) {
                return function;
            }
        }
        return null;
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Makes a call of this function, after checking the number and types of its arguments. */
    Expression call(int position, List<Expression> arguments) throws FilterException {
        int most = parameters.size();
        int least = this == SUBSTRING ? most - 1 : most;
        if (arguments.size() < least || arguments.size() > most) {
            throw new FilterException(
                    position,
                    key() + " takes " + (least == most ? "" : least + " or ") + most + " arguments, found "
                            + arguments.size());
        }
        for (int i = 0; i < arguments.size(); i++) {
            check(parameters.get(i), arguments.get(i));
        }
        return new Expression(result, position, subject -> evaluate(arguments, subject));
    }

    private void check(Set<ValueType> wanted, Expression argument) throws FilterException {
        for (ValueType valueType : wanted) {
            if (argument.valueType().fits(valueType)) {
                return;
            }
        }
        throw new FilterException(
                argument.position(),
                key() + " expects "
                        + String.join(
                                " or ", wanted.stream().map(ValueType::toString).toList()) + " here, found "
                        + argument.valueType());
    }

    private @Nullable Object evaluate(List<Expression> arguments, Filter.Subject subject) {
        Object[] values = new Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            Object value = arguments.get(i).value().of(subject);
            if (value == null) {
                return ifNull;
            }
            values[i] = value;
        }
        return evaluation.run(values);
    }

    private static String text(Object[] arguments, int index) {
        return (String) arguments[index];
    }

    private static Object length(Object[] arguments) {
        return (long)
                (arguments[0] instanceof Set<?> groups
                        ? groups.size()
                        : text(arguments, 0).length());
    }

    /** Clamps both ends to the string, so that no index can fail. */
    private static Object substring(Object[] arguments) {
        String text = text(arguments, 0);
        int from = clamp((long) arguments[1], text.length());
        int rest = text.length() - from;
        return text.substring(from, from + (arguments.length == 2 ? rest : clamp((long) arguments[2], rest)));
    }

    private static int clamp(long value, int most) {
        return (int) Math.max(0, Math.min(value, most));
    }
}
