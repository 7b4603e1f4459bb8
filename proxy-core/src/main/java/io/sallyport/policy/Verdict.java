package io.sallyport.policy;

/** What the rules say of a peer. */
public sealed interface Verdict {

  /**
   * @param by the rule that let it in, such as {@code inbound.web.allow.0}, or {@code any-trusted}
   */
  record Allowed(String by) implements Verdict {}

  record Denied(Denial reason) implements Verdict {}
}
