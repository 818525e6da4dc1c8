/** What the engines of the store have in common. */
@NullMarked
package dev.fanfare.store.engine;

import org.jspecify.annotations.NullMarked;
