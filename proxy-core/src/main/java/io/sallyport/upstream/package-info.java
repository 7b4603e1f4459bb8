/** Endpoints: resolve a name, connect, try the next. */
@NullMarked
package io.sallyport.upstream;

import org.jspecify.annotations.NullMarked;
