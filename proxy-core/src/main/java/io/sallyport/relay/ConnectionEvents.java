package io.sallyport.relay;

/** What happens to connections; called on event loops, must not block. */
public interface ConnectionEvents {

  /** Accepted. */
  void opened();

  /** Plaintext bytes handed on, as they go. */
  void relayed(Direction direction, long bytes);

  /** Once for each {@link #opened()}. */
  void closed(CloseReason reason);

  /** The metric label of relayed bytes. */
  enum Direction {
    TO_APPLICATION("to_application"),
    TO_PEER("to_peer");

    private final String label;

    Direction(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }

    public Direction other() {
      return this == TO_PEER ? TO_APPLICATION : TO_PEER;
    }
  }
}
