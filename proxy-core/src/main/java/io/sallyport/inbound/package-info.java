/** Peers to the application. The pipeline's order is written in {@code InboundPipeline}. */
@NullMarked
package io.sallyport.inbound;

import org.jspecify.annotations.NullMarked;
