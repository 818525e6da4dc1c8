package dev.fanfare.core.alert;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What people get: the occurrences of one cause in a period.
 *
 * @param id the same in each attempt to send it, by each channel
 * @param count how often it occurred, 1 and up
 * @param first when it occurred first, by the clock of the node
 * @param last when it occurred last
 * @param examples the first different ones, at most {@value AlertGroups#EXAMPLES}
 */
public record AlertNotice(UUID id, AlertCause cause, long count, Instant first, Instant last, List<String> examples) {}
