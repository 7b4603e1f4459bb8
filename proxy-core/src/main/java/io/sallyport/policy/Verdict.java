package io.sallyport.policy;

/** What the rules say of a peer. */
public sealed interface Verdict {

  record Allowed() implements Verdict {}

  record Denied(Denial reason) implements Verdict {}
}
