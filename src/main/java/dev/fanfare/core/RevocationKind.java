package dev.fanfare.core;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a revocation refuses: the table of kinds, with what clients get. */
public enum RevocationKind {
    /** One token. */
    TOKEN(0, "token", 401, "the token was revoked"),
    /** All tokens of a user that were issued up to a moment. */
    USER_TOKENS(1, "userTokens", 401, "the tokens of the user were revoked; get a new token"),
    /** A user, whatever its token. */
    USER(2, "user", 403, "the user is blocked"),
    /** A network, whatever the token. */
    ADDRESSES(3, "addresses", 403, "the address is blocked");

    private final int number;
    private final String wireName;
    private final int status;
    private final String text;
    private final String label = name().toLowerCase(Locale.ROOT);

    RevocationKind(int number, String wireName, int status, String text) {
        this.number = number;
        this.wireName = wireName;
        this.status = status;
        this.text = text;
    }

    /** The kind with that number; null if only a later version has it. */
    public static @Nullable RevocationKind numbered(int number) {
        for (RevocationKind kind : values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        return null;
    }

    /** 0 to 7; a part of the ids in the store, so it never changes. */
    public int number() {
        return number;
    }

    /** The name in the API. */
    public String wireName() {
        return wireName;
    }

    /** The HTTP status of a handshake that is refused: 401 if another token would help, 403 if none would. */
    public int status() {
        return status;
    }

    /** What clients get, in answers and as the reason of close frames; less than 124 bytes. */
    public String text() {
        return text;
    }

    /** The value of the metric label {@code kind}. */
    public String label() {
        return label;
    }
}
