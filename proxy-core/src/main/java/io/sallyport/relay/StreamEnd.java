package io.sallyport.relay;

/**
 * How a stream ended, fired as a user event by the {@link EndOfStream} handler of a channel; the
 * relay acts on nothing else, so it needs to know neither TCP nor TLS.
 */
public enum StreamEnd {
  /** Properly: nothing more will come, and nothing was lost. */
  FINISHED,
  /** The same, and the other direction has ended with it: this kind of socket has no half-close. */
  CLOSED,
  /** Something may be missing, and whoever reads it must not take it for the whole. */
  TRUNCATED,
  /** The other end, or the network, cut the connection. */
  RESET,
  /** The protocol below the relay was broken; what was passed on before is sound. */
  BROKEN
}
