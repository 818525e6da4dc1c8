/** The REST API for servers: routes, parameters, errors. Translates between HTTP and the broker. */
@NullMarked
package dev.fanfare.api;

import org.jspecify.annotations.NullMarked;
