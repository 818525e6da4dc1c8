/** Alerts to people, by mail and webhook. */
@NullMarked
package dev.fanfare.alert;

import org.jspecify.annotations.NullMarked;
