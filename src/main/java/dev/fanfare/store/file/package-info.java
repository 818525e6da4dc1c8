/** A journal in files: what was written survives the process and the machine's power. It knows nothing of what is written. */
@NullMarked
package dev.fanfare.store.file;

import org.jspecify.annotations.NullMarked;
