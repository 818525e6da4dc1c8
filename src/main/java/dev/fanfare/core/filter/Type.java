package dev.fanfare.core.filter;

/** What an expression of a filter yields. Strings and integers may be null, booleans never are. */
enum Type {
    BOOLEAN("a boolean"),
    INTEGER("an integer"),
    STRING("a string"),
    GROUPS("groups"),
    /** The literal null, which goes with strings and integers. */
    NULL("null");

    private final String text;

    Type(String text) {
        this.text = text;
    }

    /** Whether a value of this type may stand where the other is wanted. */
    boolean fits(Type wanted) {
        return this == wanted || (this == NULL && (wanted == STRING || wanted == INTEGER));
    }

    /** Whether the two may be tested for equality. */
    boolean comparesTo(Type other) {
        return this != GROUPS && (fits(other) || other.fits(this));
    }

    /** For people, with its article. */
    @Override
    public String toString() {
        return text;
    }
}
