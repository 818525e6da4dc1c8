/** What a session carries from one shard to another, so that its client misses nothing and gets nothing twice. */
@NullMarked
package dev.fanfare.recovery;

import org.jspecify.annotations.NullMarked;
