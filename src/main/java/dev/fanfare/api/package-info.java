/** What servers ask, over REST and the event bus: routes, parameters, errors. Translates between these and the broker. */
@NullMarked
package dev.fanfare.api;

import org.jspecify.annotations.NullMarked;
