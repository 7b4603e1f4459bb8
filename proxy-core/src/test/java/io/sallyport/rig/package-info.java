/** What integration tests stand on: a PKI, applications, clients and a running proxy. */
@NullMarked
package io.sallyport.rig;

import org.jspecify.annotations.NullMarked;
