/**
 * Data at rest, from and to files and pipes, in constant memory: what the commands {@code keygen},
 * {@code seal}, {@code open}, {@code reseal} and {@code rewrap} are made of. The formats and the
 * keys are those of {@link io.sallyport.envelope}.
 *
 * <p>{@link io.sallyport.cli.seal.Input} is read by {@link io.sallyport.cli.seal.SealedCopy} or
 * {@link io.sallyport.cli.seal.RawCopy} and written to an {@link io.sallyport.cli.seal.Output}: a
 * stream, or a {@link io.sallyport.cli.seal.Replacement} that takes the place of a file all at once
 * or not at all.
 */
@NullMarked
package io.sallyport.cli.seal;

import org.jspecify.annotations.NullMarked;
