/** What tests of several packages share. */
@NullMarked
package dev.fanfare.testkit;

import org.jspecify.annotations.NullMarked;
