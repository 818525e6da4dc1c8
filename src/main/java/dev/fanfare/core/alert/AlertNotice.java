package dev.fanfare.core.alert;

import java.time.Instant;
import java.util.List;

/**
 * What people get: the occurrences of one cause in a period.
 *
 * @param count how often it occurred, 1 and up
 * @param first when it occurred first, by the clock of the node
 * @param last when it occurred last
 * @param examples the first different ones, at most {@value AlertGroups#EXAMPLES}
 */
public record AlertNotice(AlertCause cause, long count, Instant first, Instant last, List<String> examples) {}
