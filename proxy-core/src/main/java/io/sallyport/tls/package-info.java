/**
 * TLS by BoringSSL, without {@code SSLEngine}: contexts, and the handler that stands in a pipeline.
 * Whom to trust and what to show is decided by the room above.
 */
@NullMarked
package io.sallyport.tls;

import org.jspecify.annotations.NullMarked;
