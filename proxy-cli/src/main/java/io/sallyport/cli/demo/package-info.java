/**
 * What {@code sallyport demo} runs: a plain HTTP application, a sidecar before it and a sidecar
 * before its client, with certificates made for the occasion.
 */
@NullMarked
package io.sallyport.cli.demo;

import org.jspecify.annotations.NullMarked;
