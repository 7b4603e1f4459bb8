package io.sallyport.http;

import io.sallyport.relay.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * HTTP with one server over one connection: one exchange after the other, or several at once, as
 * was agreed when it was made. All of it happens on the connection's event loop.
 */
public interface ClientConnection {

  /** What answers one exchange more, which begins now; null while there is no room for one. */
  @Nullable Answerer next();

  /** Whether there is room for another exchange. */
  boolean hasRoom();

  /** Since when it serves nothing, in the clock of its loop; now while it serves something. */
  long unusedSince();

  /**
   * Serves to its end what it is serving, and nothing more; then closes.
   *
   * @param reason why, for {@link Owner#ending}
   */
  void leave(CloseReason reason);

  /** Ends it at once, and what it serves with it, for this reason. */
  void cut(CloseReason reason);

  /** Whose connection it is; told on the event loop. */
  interface Owner {

    /** It can serve another exchange, after it could not. */
    void ready(ClientConnection connection);

    /** One exchange that it served is over, or has gone elsewhere; once for each. */
    void served();

    /** It is not to be taken any more. */
    void gone(ClientConnection connection);

    /** Why it ends, before it does; the first reason is the one that counts. */
    void ending(CloseReason reason, @Nullable String detail);

    /** A fault of ours that ends it. */
    void fault(Throwable thrown);
  }
}
