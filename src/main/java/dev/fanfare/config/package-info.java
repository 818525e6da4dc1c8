/** The configuration of a node as one checked value. */
@NullMarked
package dev.fanfare.config;

import org.jspecify.annotations.NullMarked;
