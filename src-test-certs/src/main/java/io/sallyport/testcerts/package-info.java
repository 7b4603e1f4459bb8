/** Placeholder. */
@NullMarked
package io.sallyport.testcerts;

import org.jspecify.annotations.NullMarked;
