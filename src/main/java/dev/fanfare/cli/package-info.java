/** The command line: one class for each command. */
@NullMarked
package dev.fanfare.cli;

import org.jspecify.annotations.NullMarked;
