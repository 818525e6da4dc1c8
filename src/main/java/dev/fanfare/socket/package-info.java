/** One WebSocket: frames in and out, close, writability. Independent of groups and sessions. */
@NullMarked
package dev.fanfare.socket;

import org.jspecify.annotations.NullMarked;
