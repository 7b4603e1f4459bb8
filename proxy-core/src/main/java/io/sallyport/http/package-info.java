/**
 * HTTP between two channels: what is let through is only what was understood, written anew, and the
 * application is told who is calling by the proxy alone.
 */
@NullMarked
package io.sallyport.http;

import org.jspecify.annotations.NullMarked;
