/**
 * The content of a store: a deterministic state machine. No threads, no clock, no I/O: time is an argument, and commands
 * come from a journal or from a primary.
 */
@NullMarked
package dev.fanfare.store.state;

import org.jspecify.annotations.NullMarked;
