@NullMarked
package dev.fanfare.revocation;

import org.jspecify.annotations.NullMarked;
