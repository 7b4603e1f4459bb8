/**
 * Payloads sealed with AES-256-GCM: the formats, the keys, and Netty handlers. Depends on no other
 * room, so that any Netty program can use it alone.
 *
 * <p>Three formats, chosen by whoever configures them and never guessed from the bytes:
 *
 * <ul>
 *   <li><b>raw</b>: one message, one AES-GCM call: nonce ‖ ciphertext ‖ tag. What Go and Python
 *       programs do without any library of ours. {@link io.sallyport.envelope.RawSealer}, {@link
 *       io.sallyport.envelope.RawOpener}.
 *   <li><b>sealed</b>: any length in bounded memory, with an end that cannot be forged: C2SP
 *       chunked encryption behind a header that names the key. {@link
 *       io.sallyport.envelope.Sealed}.
 *   <li><b>frames</b>: two-way streams, where nothing may be held back until a chunk is full.
 *       {@link io.sallyport.envelope.FrameConnection}.
 * </ul>
 *
 * <p>What is opened is checked in this order: the bounds of the header before anything is allocated
 * for it, the key's state, the unwrapping of the data key, the key commitment in constant time, the
 * tag of a chunk; and only then is there plaintext. Nothing unverified is ever released, and a
 * buffer in which verification failed is wiped.
 */
@NullMarked
package io.sallyport.envelope;

import org.jspecify.annotations.NullMarked;
