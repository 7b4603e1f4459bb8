/**
 * What {@code sallyport inspect} finds out about a certificate file, a sealed file or a TLS server.
 */
@NullMarked
package io.sallyport.cli.inspect;

import org.jspecify.annotations.NullMarked;
