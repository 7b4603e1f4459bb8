/** Kinds of sockets: epoll, io_uring, nio; TCP and Unix; how to bind, dial and reset with each. */
@NullMarked
package io.sallyport.transport;

import org.jspecify.annotations.NullMarked;
