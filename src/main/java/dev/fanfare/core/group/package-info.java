/** Who is a member of what. */
@NullMarked
package dev.fanfare.core.group;

import org.jspecify.annotations.NullMarked;
