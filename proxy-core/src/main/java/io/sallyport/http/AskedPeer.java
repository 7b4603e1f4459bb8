package io.sallyport.http;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who was asked last for an answer.
 *
 * @param peer as it is logged; null where it is not known
 * @param connection the id of the connection to it, as it is logged; to be asked for only where it
 *     is
 */
public record AskedPeer(@Nullable String peer, Supplier<String> connection) {}
