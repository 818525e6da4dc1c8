package dev.fanfare.core;

/** The event bus addresses at which guests of the cluster accept notifications from nodes. */
public final class GuestAddress {

    /** The header with the address, local to the process of the guest, that a notification is for. */
    public static final String ABOUT = "address";

    private static final String PREFIX = "fanfare.guest.";

    private GuestAddress() {}

    /** The address of one guest. */
    public static String of(String guestId) {
        return PREFIX + guestId;
    }
}
