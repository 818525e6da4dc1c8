/** The filter language of the REST API. */
@NullMarked
package dev.fanfare.core.filter;

import org.jspecify.annotations.NullMarked;
