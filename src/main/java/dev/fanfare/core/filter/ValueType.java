package dev.fanfare.core.filter;

/** The type of an expression in a filter. Strings and integers may be null, booleans never are. */
enum ValueType {
    BOOLEAN("a boolean"),
    INTEGER("an integer"),
    STRING("a string"),
    GROUPS("groups"),
    /** The literal null, which is compatible with strings and integers. */
    NULL("null");

    private final String text;

    ValueType(String text) {
        this.text = text;
    }

    /** Whether a value of this type can be used where the other one is expected. */
    boolean fits(ValueType wanted) {
        return this == wanted || (this == NULL && (wanted == STRING || wanted == INTEGER));
    }

    /** Whether the two can be compared for equality. */
    boolean comparesTo(ValueType other) {
        return this != GROUPS && (fits(other) || other.fits(this));
    }

    /** For messages, with its article. */
    @Override
    public String toString() {
        return text;
    }
}
