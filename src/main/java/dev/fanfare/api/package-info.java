/**
 * The operations for servers, over REST and the event bus: routes, parameters, errors. Translates them for the broker.
 */
@NullMarked
package dev.fanfare.api;

import org.jspecify.annotations.NullMarked;
