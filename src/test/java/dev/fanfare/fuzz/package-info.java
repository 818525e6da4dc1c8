/** Arbitrary input for everything that reads what strangers, servers, operators or other nodes send. */
@NullMarked
package dev.fanfare.fuzz;

import org.jspecify.annotations.NullMarked;
