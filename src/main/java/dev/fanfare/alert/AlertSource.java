package dev.fanfare.alert;

import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.core.alert.AlertText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The node that alerts, and how its notices read.
 *
 * @param nodeId its id
 * @param cluster the name of its cluster; empty for a single node
 */
public record AlertSource(String nodeId, String cluster) {

    /** Makes the name of the cluster fit for a subject. */
    public AlertSource {
        cluster = AlertText.line(cluster);
    }

    /** The subject of a mail: fixed words and the name of the cluster, so nothing that a stranger chooses is in it. */
    String subject(AlertNotice notice) {
        String where = cluster.isEmpty() ? "" : " " + cluster;
        return "[Fanfare" + where + "] " + notice.cause().title() + times(notice);
    }

    /** The text of a mail. */
    String text(AlertNotice notice) {
        StringBuilder text = new StringBuilder(200)
                .append("On node ")
                .append(nodeId)
                .append(cluster.isEmpty() ? "" : " of cluster " + cluster)
                .append(": ")
                .append(notice.cause().title())
                .append(".\n\nCause:  ")
                .append(notice.cause().label())
                .append("\nTimes:  ")
                .append(notice.count())
                .append("\nFirst:  ")
                .append(shown(notice.first()))
                .append("\nLast:   ")
                .append(shown(notice.last()))
                .append("\n\nExamples:\n");
        notice.examples().forEach(example -> text.append("  ").append(example).append('\n'));
        return text.append("\nsrc/docs/alerts.md says what each cause means and what to do.\n")
                .toString();
    }

    private static String times(AlertNotice notice) {
        return notice.count() == 1 ? "" : " (" + notice.count() + " times)";
    }

    private static String shown(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
