/**
 * The command: arguments, signals and exit codes. One class a subcommand; {@link
 * io.sallyport.cli.Sallyport} finds it, and {@link io.sallyport.cli.Faults} tells the user what
 * went wrong. Whatever serves traffic is in proxy-core.
 */
@NullMarked
package io.sallyport.cli;

import org.jspecify.annotations.NullMarked;
