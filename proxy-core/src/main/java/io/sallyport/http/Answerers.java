package io.sallyport.http;

import io.netty.channel.EventLoop;
import io.sallyport.upstream.Dialer.Dialling;
import org.jspecify.annotations.Nullable;

/** Where requests are answered, by a configuration of the moment. Thread-safe. */
public interface Answerers {

  /**
   * One that is kept, or a new one; the taker may be told before this returns.
   *
   * @param loop on which this is called, and which the answerer is to be of
   * @return null when it has been told
   */
  @Nullable Dialling take(EventLoop loop, Taker taker);

  /**
   * Whether a request may be sent again, over a new connection, after one that was kept has gone
   * under it. Asked once before each {@link #dial}, and counts as one that was.
   */
  boolean mayRetry();

  /** A new one, after one that was kept. */
  Dialling dial(EventLoop loop, Taker taker);

  /** Who answers, or has been asked last; null where there is nothing to say. */
  default @Nullable AskedPeer answering() {
    return null;
  }

  /** Told once, on the loop; not when it is abandoned first. */
  interface Taker {
    /**
     * @param kept it has served before, and may have been closed meanwhile
     */
    void taken(Answerer answerer, boolean kept);

    void failed(Refusal refusal, String detail);
  }
}
