/** Two channels, one byte path, with back-pressure and half-close; no TLS and no HTTP. */
@NullMarked
package io.sallyport.relay;

import org.jspecify.annotations.NullMarked;
