package io.sallyport.envelope;

/**
 * What is told of messages: one raw message, one sealed message, or one direction of a framed
 * connection. On any thread.
 */
public interface EnvelopeEvents {

  EnvelopeEvents NONE =
      new EnvelopeEvents() {
        @Override
        public void done(Operation operation) {}

        @Override
        public void failed(Operation operation, EnvelopeFailure failure) {}
      };

  /** Which way. */
  enum Operation {
    SEAL("seal"),
    OPEN("open");

    private final String label;

    Operation(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /** A message has been sealed, or opened, to its end. */
  void done(Operation operation);

  /** It could not be. */
  void failed(Operation operation, EnvelopeFailure failure);
}
