/** The kernel's rules that {@code sallyport capture} prints, applies and removes. */
@NullMarked
package io.sallyport.cli.capture;

import org.jspecify.annotations.NullMarked;
