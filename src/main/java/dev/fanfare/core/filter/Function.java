package dev.fanfare.core.filter;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of the filter language. With a null argument each returns a fixed value without running. */
enum Function {
    LENGTH(Type.INTEGER, null, Function::length, List.of(EnumSet.of(Type.STRING, Type.GROUPS))),
    TOLOWER(Type.STRING, null, a -> text(a, 0).toLowerCase(Locale.ROOT), Of.STRING),
    TOUPPER(Type.STRING, null, a -> text(a, 0).toUpperCase(Locale.ROOT), Of.STRING),
    TRIM(Type.STRING, null, a -> text(a, 0).strip(), Of.STRING),
    CONTAINS(Type.BOOLEAN, false, a -> Search.indexOf(text(a, 0), text(a, 1)) >= 0, Of.TWO_STRINGS),
    STARTSWITH(Type.BOOLEAN, false, a -> text(a, 0).startsWith(text(a, 1)), Of.TWO_STRINGS),
    ENDSWITH(Type.BOOLEAN, false, a -> text(a, 0).endsWith(text(a, 1)), Of.TWO_STRINGS),
    INDEXOF(Type.INTEGER, -1L, a -> (long) Search.indexOf(text(a, 0), text(a, 1)), Of.TWO_STRINGS),
    CONCAT(Type.STRING, null, a -> text(a, 0).concat(text(a, 1)), Of.TWO_STRINGS),
    SUBSTRING(Type.STRING, null, Function::substring, Of.STRING_AND_TWO_INTEGERS);

    /** Runs a function on arguments of the declared types, none of them null. */
    private interface Body {
        Object run(Object[] arguments);
    }

    private static final class Of {
        private static final Set<Type> TEXT = EnumSet.of(Type.STRING);
        private static final Set<Type> NUMBER = EnumSet.of(Type.INTEGER);
        static final List<Set<Type>> STRING = List.of(TEXT);
        static final List<Set<Type>> TWO_STRINGS = List.of(TEXT, TEXT);
        static final List<Set<Type>> STRING_AND_TWO_INTEGERS = List.of(TEXT, NUMBER, NUMBER);
    }

    private final Type result;
    private final @Nullable Object ifNull;
    private final Body body;
    private final List<Set<Type>> parameters;

    Function(Type result, @Nullable Object ifNull, Body body, List<Set<Type>> parameters) {
        this.result = result;
        this.ifNull = ifNull;
        this.body = body;
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

    private void check(Set<Type> wanted, Expression argument) throws FilterException {
        for (Type type : wanted) {
            if (argument.type().fits(type)) {
                return;
            }
        }
        throw new FilterException(
                argument.position(),
                key() + " expects "
                        + String.join(
                                " or ", wanted.stream().map(Type::toString).toList()) + " here, found "
                        + argument.type());
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
        return body.run(values);
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
