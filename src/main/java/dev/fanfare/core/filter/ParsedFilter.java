package dev.fanfare.core.filter;

/**
 * The result of {@link FilterParser}. Two filters are equal if their texts are.
 *
 * @param source the text
 * @param condition of type boolean
 */
record ParsedFilter(String source, Expression condition) implements Filter {

    @Override
    public boolean test(Subject subject) {
        return condition.test(subject);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ParsedFilter that && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    @Override
    public String toString() {
        return source;
    }
}
