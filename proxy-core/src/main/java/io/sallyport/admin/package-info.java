/**
 * The admin HTTP server: probes, metrics, status, refusals, drain.
 *
 * <p>Everything here runs on one event loop of its own, so that a slow scrape never stalls traffic.
 * A request goes: HTTP codec → flow control (one answer at a time) → {@link
 * io.sallyport.admin.AdminConnection}, which asks {@link io.sallyport.admin.BrowserGuard} whether a
 * web page sent it and {@link io.sallyport.admin.AdminPages} for the answer.
 *
 * <p>{@link io.sallyport.admin.AppCheck} is the one client here: it asks the application on
 * loopback what its own probe would ask.
 */
@NullMarked
package io.sallyport.admin;

import org.jspecify.annotations.NullMarked;
