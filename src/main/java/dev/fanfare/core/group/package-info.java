/** Groups and their members. */
@NullMarked
package dev.fanfare.core.group;

import org.jspecify.annotations.NullMarked;
