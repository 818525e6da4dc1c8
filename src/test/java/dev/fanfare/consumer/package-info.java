@NullMarked
package dev.fanfare.consumer;

import org.jspecify.annotations.NullMarked;
