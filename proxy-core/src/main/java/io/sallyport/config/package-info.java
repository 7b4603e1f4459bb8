/**
 * HOCON to records. {@link io.sallyport.config.ConfigReader} gives a valid {@link
 * io.sallyport.config.ProxyConfig} or all problems at once; nothing here opens a socket or a key
 * file.
 */
@NullMarked
package io.sallyport.config;

import org.jspecify.annotations.NullMarked;
