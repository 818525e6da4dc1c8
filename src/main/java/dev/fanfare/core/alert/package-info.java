/** What operators are alerted of, and how occurrences are grouped into notices. */
@NullMarked
package dev.fanfare.core.alert;

import org.jspecify.annotations.NullMarked;
