package dev.fanfare.store.state;

import java.util.List;

/**
 * A part of what a watcher of a {@link StoreState} has to know.
 *
 * @param epoch of the state; versions of another one are not comparable
 * @param version of the state as of which the events are complete up to here: changes after it are to be asked for next
 * @param known whether the changes that were asked for are known; if not, the watcher has to scan
 * @param more whether there may be more already
 * @param events {@link WatchEvent.Present} and {@link WatchEvent.Absent} only
 */
public record WatchPage(String epoch, long version, boolean known, boolean more, List<WatchEvent> events) {}
