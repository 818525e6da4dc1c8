package dev.fanfare.consumer;

/** Why a connection gets no seat. */
public enum SeatRefusal {
    /** The client has not registered, or was not connected for so long that it was forgotten. */
    NOT_REGISTERED("the client is not registered, or was forgotten; register and get a new token"),
    /** The client has another token since. */
    OTHER_TOKEN("the token is not the one of the client's last registration"),
    /** As many connections are open as may be. */
    OCCUPIED("as many connections of this client are open as are allowed"),
    /** The store could not be asked: nothing is known. */
    UNAVAILABLE("the node cannot find out which connections this client has; try again later");

    private final String text;

    SeatRefusal(String text) {
        this.text = text;
    }

    /** What clients get. */
    public String text() {
        return text;
    }
}
