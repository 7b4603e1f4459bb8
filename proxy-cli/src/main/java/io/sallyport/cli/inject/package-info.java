/**
 * Manifests of Kubernetes with the sidecar in them.
 *
 * <p>{@link io.sallyport.cli.inject.Injection} goes through what is given. {@link
 * io.sallyport.cli.inject.YamlReader} makes nodes of it that know where they stand, a {@link
 * io.sallyport.cli.inject.Field} is one of them with its path, {@link
 * io.sallyport.cli.inject.Workload} finds the pods, {@link io.sallyport.cli.inject.Wishes} what
 * their annotations ask for, and {@link io.sallyport.cli.inject.PodEdit} writes it at its place.
 * The text is edited, and never written anew: whatever is not touched stays as it is, to the byte.
 */
@NullMarked
package io.sallyport.cli.inject;

import org.jspecify.annotations.NullMarked;
