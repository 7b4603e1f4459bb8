package io.sallyport.listener;

import io.sallyport.policy.Asked;
import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A proven peer, a local user or a request was refused by policy.
 *
 * @param peer as it is logged; null where nobody has shown a certificate
 * @param remote its address and port, as it is logged
 * @param asked what was asked for; null where the peer itself was refused
 * @param nearest the rule that it came nearest to, looked for when it is asked for; gives null
 *     where there is none
 */
public record Refused(
    Denial reason,
    @Nullable String peer,
    String remote,
    @Nullable Asked asked,
    Supplier<@Nullable NearestRule> nearest) {

  /** Where no rule is at fault. */
  static final Supplier<@Nullable NearestRule> NO_RULE = () -> null;

  /** Address and port, for logs. */
  public static String text(@Nullable SocketAddress remote) {
    String text = remote == null ? "unknown" : remote.toString();
    return text.startsWith("/") ? text.substring(1) : text.isEmpty() ? "unix" : text;
  }

  /** The address alone, for what is counted by it. */
  static String host(@Nullable SocketAddress remote) {
    return remote instanceof InetSocketAddress tcp
        ? tcp.getAddress().getHostAddress()
        : text(remote);
  }
}
