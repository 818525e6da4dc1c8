/**
 * The replicated store: configurations decided by Paxos, partitions replicated by primary and backup (PacificA). Pure cores
 * with time and messages as arguments. {@code src/docs/decisions/0047-primary-and-backup.md} has the protocol and why it is safe.
 */
@NullMarked
package dev.fanfare.store.replica;

import org.jspecify.annotations.NullMarked;
