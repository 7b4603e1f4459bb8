/** Real clients, servers and scanners against a running proxy, one class for each kind. */
@NullMarked
package io.sallyport.interop;

import org.jspecify.annotations.NullMarked;
