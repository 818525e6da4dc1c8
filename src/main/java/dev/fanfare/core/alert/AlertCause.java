package dev.fanfare.core.alert;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What people are alerted of. {@code src/docs/alerts.md} says what to do about each. */
public enum AlertCause {
    INTERNAL_ERROR("an internal error occurred"),
    HANDLER_UNAVAILABLE("an event handler fails and gets no events for a while"),
    OUTBOUND_GIVEN_UP("an outbound connection was given up after its last attempt"),
    CERTIFICATE_EXPIRING("a certificate is about to expire"),
    CERTIFICATE_UNUSABLE("a changed certificate cannot be used"),
    MEMBER_SILENT("a member of the cluster does not answer"),
    CLUSTER_LOST("the node is not in touch with its cluster"),
    STORE_UNAVAILABLE("the store refuses writes"),
    CONSUMER_TOKEN_REFUSED("a client presented an invalid token at a hub of registered consumers"),
    MESSAGE_FORBIDDEN("a client that must not publish sent a message"),
    REVOKED("a revocation was made"),
    TOKENS_HELD_OFF("invalid tokens arrive faster than allowed and are held off"),
    FLOOD_HELD_OFF("a user, an address or a hub exceeds its limits and is held off"),
    LIMIT_REACHED("the node is at a limit and refuses clients or servers"),
    TEST("this is a test");

    private final String title;

    AlertCause(String title) {
        this.title = title;
    }

    /** What has happened, as a sentence without a capital letter and a full stop. */
    public String title() {
        return title;
    }

    /** Its name in configuration, metrics and webhooks, such as {@code internal-error}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The cause with that label, in any case. */
    public static Optional<AlertCause> of(String label) {
        return Stream.of(values())
                .filter(cause -> cause.label().equalsIgnoreCase(label))
                .findFirst();
    }
}
