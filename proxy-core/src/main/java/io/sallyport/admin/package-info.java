/** The admin HTTP server: probes, metrics, status. */
@NullMarked
package io.sallyport.admin;

import org.jspecify.annotations.NullMarked;
