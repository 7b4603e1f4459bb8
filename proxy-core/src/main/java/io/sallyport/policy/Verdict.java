package io.sallyport.policy;

/** What the rules say of a peer, or of what it asks for. */
public sealed interface Verdict {

  record Allowed() implements Verdict {}

  /** It would be denied, were the rules enforced; it is let in and told of. */
  record Audited(Denial reason) implements Verdict {}

  record Denied(Denial reason) implements Verdict {}
}
