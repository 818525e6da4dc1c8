package dev.fanfare.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Whether what is published somewhere arrives elsewhere. */
public final class Reach {

    private static final AtomicInteger ROUND = new AtomicInteger();

    private Reach() {}

    /** The member joins a group of its own, and is reached by the next publication. */
    public static void exchange(JsonClient member, JsonClient publisher) throws IOException {
        String group = "g" + ROUND.incrementAndGet();
        member.join(group);
        publisher.publish(group, group);
        assertEquals(group, member.text());
    }

    /** A new client at every node reaches a new client at every node, itself included, and no node has seen an error. */
    public static void all(ClusterNodes cluster) throws IOException {
        for (ProcessNode from : cluster.nodes()) {
            for (ProcessNode to : cluster.nodes()) {
                try (JsonClient member = to.client("m").mayAll().json();
                        JsonClient publisher = from.client("p").mayAll().json()) {
                    exchange(member, publisher);
                }
            }
        }
        for (ProcessNode node : cluster.nodes()) {
            assertEquals("", errors(node));
        }
    }

    /** Ours; connections that break are errors to those who have them, and mend themselves. */
    private static String errors(ProcessNode node) {
        return String.join(
                "\n",
                node.log()
                        .lines()
                        .filter(line -> line.contains(" ERROR dev.fanfare."))
                        .toList());
    }
}
