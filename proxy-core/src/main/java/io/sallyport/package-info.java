/** The proxy composed: everything else is a room of its own below this package. */
@NullMarked
package io.sallyport;

import org.jspecify.annotations.NullMarked;
