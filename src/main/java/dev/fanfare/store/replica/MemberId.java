package dev.fanfare.store.replica;

/**
 * A member is a node that has not forgotten what it promised: {@code node/1} at first, {@code node/2} after it has given up its
 * configuration.
 */
final class MemberId {

    private MemberId() {}

    static String of(String node, int incarnation) {
        return node + '/' + incarnation;
    }

    static String nodeOf(String member) {
        return member.substring(0, member.lastIndexOf('/'));
    }
}
