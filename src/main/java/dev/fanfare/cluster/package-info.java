/**
 * Membership of a process, a node or a guest, in the cluster: the list of members and the event bus between them. JGroups
 * is used here only, behind {@link Cluster}.
 */
@NullMarked
package dev.fanfare.cluster;

import org.jspecify.annotations.NullMarked;
