package io.sallyport.transport;

/** The kind of sockets that was asked for does not work on this system. */
public final class TransportUnavailable extends Exception {
  private static final long serialVersionUID = 1L;

  TransportUnavailable(String kind, Throwable cause) {
    super(kind + " does not work here: " + rootMessage(cause), cause);
  }

  private static String rootMessage(Throwable cause) {
    Throwable root = cause;
    for (Throwable next = root.getCause(); next != null; next = next.getCause()) {
      root = next;
    }
    return String.valueOf(root.getMessage());
  }
}
