package dev.fanfare.store.replica;

/**
 * A member is a process that has forgotten nothing of what it promised: {@code node/1} at first, {@code node/2} after it has
 * given up its configuration. One that keeps its state on a disk is {@code node/name.3}: the name belongs to the disk, the
 * number counts the processes that have used it, and each of them has another node.
 */
final class MemberId {

    private MemberId() {}

    static String of(String node, int incarnation) {
        return node + '/' + incarnation;
    }

    /** @param name of the disk, begins with a letter */
    static String of(String node, String name, int incarnation) {
        return node + '/' + name + '.' + incarnation;
    }

    static String nodeOf(String member) {
        return member.substring(0, member.lastIndexOf('/'));
    }

    /** The name of the disk that the member has, or else its own. */
    static String keeperOf(String member) {
        int dot = member.lastIndexOf('.');
        return dot > member.lastIndexOf('/') ? member.substring(member.lastIndexOf('/') + 1, dot) : member;
    }

    /** Which of the processes with its disk, or with its node, the member is. */
    static long processOf(String member) {
        int at = Math.max(member.lastIndexOf('.'), member.lastIndexOf('/'));
        try {
            return Long.parseLong(member.substring(at + 1));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Whether the member has its state on a disk, so that it outlives the process. */
    static boolean isDurable(String member) {
        return member.lastIndexOf('.') > member.lastIndexOf('/');
    }

    /** Whether these are the same, or processes that have used the same disk one after the other. */
    static boolean isSame(String one, String other) {
        return keeperOf(one).equals(keeperOf(other));
    }
}
