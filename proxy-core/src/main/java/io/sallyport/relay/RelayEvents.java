package io.sallyport.relay;

import io.sallyport.relay.ConnectionEvents.Direction;

/** What one relay tells of itself; called on its event loop. */
public interface RelayEvents {

  /** Plaintext bytes that were taken from one side and written to the other. */
  void relayed(Direction direction, int bytes);

  /**
   * The reason for which the relay ends. The first one counts, but for a proper end that was cut
   * short after all: then the first that cut it does.
   */
  void ending(CloseReason reason);

  /** A fault of ours that ended the relay. */
  void fault(Throwable cause);
}
