package dev.fanfare.core.filter;

import dev.fanfare.core.Names;
import dev.fanfare.core.filter.Token.TokenKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Parses filters, a subset of OData 4.01 {@code $filter}. Words, fields and functions are compared without case.
 *
 * <pre>
 * or         = and *( "or" and )
 * and        = not *( "and" not )
 * not        = "not" not | comparison
 * comparison = operand [ ( "eq" | "ne" | "gt" | "ge" | "lt" | "le" ) operand | "in" ( list | operand ) ]
 * operand    = literal | field | function "(" or *( "," or ) ")" | "(" or ")"
 * list       = "(" literal *( "," literal ) ")"
 * </pre>
 *
 * The signs {@code > >= < <=} are synonyms of the words. An order comparison with null is false; equality with null is
 * as in Java. All types are checked here, so evaluating a filter cannot fail. See {@code src/docs/decisions/0004}.
 */
public final class FilterParser {

    /**
     * The most characters of a filter, in Unicode code points: fully percent-encoded ASCII of this length still fits
     * into a request line of 16 KiB.
     */
    public static final int MAX_LENGTH = 4096;

    /** How deeply parentheses, functions and negations may be nested. */
    public static final int MAX_DEPTH = 100;

    private final Lexer lexer;
    private Token token;
    private int depth;

    private FilterParser(String text) throws FilterException {
        lexer = new Lexer(text);
        token = lexer.next();
    }

    /**
     * The filter that a text describes.
     *
     * @throws FilterException if it does not follow the grammar, mixes types, is not boolean, or is too long or deep
     */
    public static Filter parse(String text) throws FilterException {
        if (Names.length(text) > MAX_LENGTH) {
            throw new FilterException(MAX_LENGTH + 1, "a filter has at most " + MAX_LENGTH + " characters");
        }
        return new ParsedFilter(text, new FilterParser(text).whole());
    }

    private Expression whole() throws FilterException {
        Expression result = booleanOnly(or());
        if (token.tokenKind() != TokenKind.END) {
            throw expected("an operator or the end");
        }
        return result;
    }

    private Expression or() throws FilterException {
        enter();
        List<Expression> parts = new ArrayList<>(List.of(and()));
        while (takes("or")) {
            parts.add(booleanOnly(and()));
        }
        depth--;
        return joined(parts, true);
    }

    private Expression and() throws FilterException {
        List<Expression> parts = new ArrayList<>(List.of(not()));
        while (takes("and")) {
            parts.add(booleanOnly(not()));
        }
        return joined(parts, false);
    }

    /** Keeps all parts on one level, so that a long chain makes no deep tree. The first decisive part is the result. */
    private static Expression joined(List<Expression> parts, boolean decisive) throws FilterException {
        Expression first = parts.get(0);
        if (parts.size() == 1) {
            return first;
        }
        booleanOnly(first);
        return new Expression(ValueType.BOOLEAN, first.position(), subject -> {
            for (Expression part : parts) {
                if (part.test(subject) == decisive) {
                    return decisive;
                }
            }
            return !decisive;
        });
    }

    /**
     * Binds looser than a comparison. In OData it binds tighter, which is the same for booleans and undefined for
     * others.
     */
    private Expression not() throws FilterException {
        int position = token.position();
        if (!takes("not")) {
            return comparison();
        }
        enter();
        Expression negated = booleanOnly(not());
        depth--;
        return new Expression(ValueType.BOOLEAN, position, subject -> !negated.test(subject));
    }

    private Expression comparison() throws FilterException {
        Expression left = operand();
        Token operator = token;
        if (takes("in")) {
            return token.is("(") ? inList(left) : inGroups(left);
        }
        if (takes("eq")) {
            return equality(left, operand(), true);
        }
        if (takes("ne")) {
            return equality(left, operand(), false);
        }
        IntPredicate order = order(operator);
        if (order == null) {
            return left;
        }
        advance();
        return ordered(left, operand(), order);
    }

    private static @Nullable IntPredicate order(Token operator) {
        if (operator.tokenKind() != TokenKind.WORD && operator.tokenKind() != TokenKind.SYMBOL) {
            return null;
        }
        return switch (operator.key()) {
            case "gt", ">" -> sign -> sign > 0;
            case "ge", ">=" -> sign -> sign >= 0;
            case "lt", "<" -> sign -> sign < 0;
            case "le", "<=" -> sign -> sign <= 0;
            default -> null;
        };
    }

    private static Expression equality(Expression left, Expression right, boolean equal) throws FilterException {
        if (!left.valueType().comparesTo(right.valueType())) {
            throw new FilterException(
                    right.position(), "cannot be compared: " + left.valueType() + " and " + right.valueType());
        }
        return new Expression(
                ValueType.BOOLEAN,
                left.position(),
                subject ->
                        Objects.equals(left.value().of(subject), right.value().of(subject)) == equal);
    }

    private static Expression ordered(Expression left, Expression right, IntPredicate order) throws FilterException {
        typed(left, ValueType.INTEGER);
        typed(right, ValueType.INTEGER);
        return new Expression(ValueType.BOOLEAN, left.position(), subject -> {
            Object a = left.value().of(subject);
            Object b = right.value().of(subject);
            return a != null && b != null && order.test(Long.compare((Long) a, (Long) b));
        });
    }

    private Expression inGroups(Expression left) throws FilterException {
        typed(left, ValueType.STRING);
        typed(operand(), ValueType.GROUPS);
        return new Expression(ValueType.BOOLEAN, left.position(), subject -> {
            Object name = left.value().of(subject);
            return name != null && subject.groups().contains((String) name);
        });
    }

    private Expression inList(Expression left) throws FilterException {
        if (left.valueType() == ValueType.GROUPS || left.valueType() == ValueType.BOOLEAN) {
            throw new FilterException(left.position(), "expected a string or an integer, found " + left.valueType());
        }
        Set<@Nullable Object> values = new HashSet<>();
        do {
            advance();
            values.add(listed(left.valueType()));
        } while (token.is(","));
        takeClosing();
        return new Expression(
                ValueType.BOOLEAN,
                left.position(),
                subject -> values.contains(left.value().of(subject)));
    }

    private @Nullable Object listed(ValueType wanted) throws FilterException {
        Token item = token;
        Literal literal = literal();
        if (literal == null) {
            throw expected("a string, an integer or null");
        }
        if (literal.valueType() == ValueType.BOOLEAN || !literal.valueType().comparesTo(wanted)) {
            throw new FilterException(item.position(), "expected " + wanted + ", found " + literal.valueType());
        }
        return literal.value();
    }

    private Expression operand() throws FilterException {
        Token start = token;
        Literal literal = literal();
        if (literal != null) {
            return new Expression(literal.valueType(), start.position(), subject -> literal.value());
        }
        if (start.is("(")) {
            advance();
            Expression inner = or();
            takeClosing();
            return inner;
        }
        if (start.tokenKind() != TokenKind.WORD) {
            throw expected("a field, a function, a literal or '('");
        }
        advance();
        return token.is("(") ? call(start) : field(start);
    }

    private record Literal(ValueType valueType, @Nullable Object value) {}

    /** Consumes a literal, or returns null and consumes nothing. */
    private @Nullable Literal literal() throws FilterException {
        Token start = token;
        Literal literal = switch (start.tokenKind()) {
            case STRING -> new Literal(ValueType.STRING, start.text());
            case INTEGER -> new Literal(ValueType.INTEGER, integer(start));
            case WORD -> named(start.key());
            default -> null;
        };
        if (literal != null) {
            advance();
        }
        return literal;
    }

    private static @Nullable Literal named(String key) {
        return switch (key) {
            case "true" -> new Literal(ValueType.BOOLEAN, true);
            case "false" -> new Literal(ValueType.BOOLEAN, false);
            case "null" -> new Literal(ValueType.NULL, null);
            default -> null;
        };
    }

    private static Long integer(Token token) throws FilterException {
        try {
            return Long.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw new FilterException(token.position(), "not an integer of 64 bits");
        }
    }

    private Expression call(Token name) throws FilterException {
        Function function = Function.of(name.key());
        if (function == null) {
            throw new FilterException(name.position(), "no such function: " + name.shown());
        }
        List<Expression> arguments = new ArrayList<>();
        do {
            advance();
            arguments.add(or());
        } while (token.is(","));
        takeClosing();
        return function.call(name.position(), arguments);
    }

    private static Expression field(Token name) throws FilterException {
        int position = name.position();
        return switch (name.key()) {
            case "userid" -> new Expression(ValueType.STRING, position, Filter.Subject::userId);
            case "connectionid" -> new Expression(ValueType.STRING, position, Filter.Subject::connectionId);
            case "protocol" -> new Expression(ValueType.STRING, position, Filter.Subject::protocol);
            case "type" ->
                new Expression(
                        ValueType.STRING, position, subject -> subject.type().label());
            case "path" -> new Expression(ValueType.STRING, position, Filter.Subject::path);
            case "groups" -> new Expression(ValueType.GROUPS, position, Filter.Subject::groups);
            default ->
                throw new FilterException(
                        position,
                        "expected one of the fields userId, connectionId, groups, protocol, type and path, found "
                                + name.shown());
        };
    }

    private static Expression booleanOnly(Expression expression) throws FilterException {
        typed(expression, ValueType.BOOLEAN);
        return expression;
    }

    private static void typed(Expression expression, ValueType wanted) throws FilterException {
        if (!expression.valueType().fits(wanted)) {
            throw new FilterException(
                    expression.position(), "expected " + wanted + ", found " + expression.valueType());
        }
    }

    private void enter() throws FilterException {
        if (++depth > MAX_DEPTH) {
            throw new FilterException(token.position(), "nested more than " + MAX_DEPTH + " deep");
        }
    }

    private boolean takes(String word) throws FilterException {
        if (!token.is(word)) {
            return false;
        }
        advance();
        return true;
    }

    private void takeClosing() throws FilterException {
        if (!takes(")")) {
            throw expected("')'");
        }
    }

    private void advance() throws FilterException {
        token = lexer.next();
    }

    private FilterException expected(String what) {
        return new FilterException(token.position(), "expected " + what + ", found " + token.shown());
    }
}
