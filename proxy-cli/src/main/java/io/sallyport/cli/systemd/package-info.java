/**
 * What there is between this process and systemd: the sockets that it passes (sd_listen_fds(3)),
 * and what it is told in return (sd_notify(3)). Nothing of it is loaded where systemd does neither.
 */
@NullMarked
package io.sallyport.cli.systemd;

import org.jspecify.annotations.NullMarked;
