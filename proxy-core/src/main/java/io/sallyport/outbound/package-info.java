/** The application to its peers. The pipeline's order is written in {@code OutboundPipeline}. */
@NullMarked
package io.sallyport.outbound;

import org.jspecify.annotations.NullMarked;
