package io.sallyport.listener;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An open connection as it was at one moment.
 *
 * @param id by what it is known in logs
 * @param peer who is proven to be at the other end of its TLS; null where nobody is
 * @param remote where an accepted one comes from; null of one to a peer
 * @param endpoint where it goes, to a peer; null where it does not, or not yet
 * @param ageMillis since it was opened
 * @param bytesToApplication plaintext that was handed on; null of one to a peer, which carries that
 *     of several
 * @param bytesToPeer the same
 * @param peerNotAfter when the peer's right to be here ends by itself; null where that is not known
 */
public record ConnectionView(
    String listener,
    String id,
    @Nullable String peer,
    @Nullable String remote,
    @Nullable String endpoint,
    long ageMillis,
    @Nullable Long bytesToApplication,
    @Nullable Long bytesToPeer,
    @Nullable Instant peerNotAfter) {}
