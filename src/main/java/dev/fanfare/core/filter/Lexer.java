package dev.fanfare.core.filter;

/** Splits the text of a filter into tokens. */
final class Lexer {

    private final String text;
    private int at;

    Lexer(String text) {
        this.text = text;
    }

    Token next() throws FilterException {
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new Token(Token.TokenKind.END, "", at + 1);
        }
        char c = text.charAt(at);
        if (isLetter(c)) {
            return word();
        }
        if (isDigit(c) || c == '-') {
            return integer();
        }
        return c == '\'' ? string() : symbol(c);
    }

    private Token word() {
        int from = at;
        while (at < text.length() && (isLetter(text.charAt(at)) || isDigit(text.charAt(at)))) {
            at++;
        }
        return new Token(Token.TokenKind.WORD, text.substring(from, at), from + 1);
    }

    private Token integer() throws FilterException {
        int from = at++;
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
        if (at < text.length() && (isLetter(text.charAt(at)) || text.charAt(at) == '.')) {
            throw new FilterException(at + 1, "an integer has digits only");
        }
        return new Token(Token.TokenKind.INTEGER, text.substring(from, at), from + 1);
    }

    /** A quote inside a string is written twice (OData 4.01 URL conventions, section 5.1.1.6.1). */
    private Token string() throws FilterException {
        int from = at++;
        StringBuilder content = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c != '\'') {
                content.append(c);
            } else if (at < text.length() && text.charAt(at) == '\'') {
                content.append(c);
                at++;
            } else {
                return new Token(Token.TokenKind.STRING, content.toString(), from + 1);
            }
        }
        throw new FilterException(from + 1, "the string has no closing quote");
    }

    private Token symbol(char c) throws FilterException {
        int from = at++;
        if ((c == '<' || c == '>') && at < text.length() && text.charAt(at) == '=') {
            at++;
        } else if ("(),<>".indexOf(c) < 0) {
            throw new FilterException(from + 1, "a character that has no meaning outside of a string");
        }
        return new Token(Token.TokenKind.SYMBOL, text.substring(from, at), from + 1);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
