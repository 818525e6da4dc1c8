/** State that moves with a session between shards, so that its client gets each message exactly once. */
@NullMarked
package dev.fanfare.recovery;

import org.jspecify.annotations.NullMarked;
