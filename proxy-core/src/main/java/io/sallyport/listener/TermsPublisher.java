package io.sallyport.listener;

import io.sallyport.config.ListenerConfig;

/** The writer's side of {@link LiveTerms}: whoever reloads has it, handlers do not. */
public final class TermsPublisher<C extends ListenerConfig> {

  private volatile Terms<C> current;

  public TermsPublisher(Terms<C> first) {
    current = first;
  }

  public LiveTerms<C> live() {
    return () -> current;
  }

  /**
   * The next connection, handshake and judgement goes by these. Those that are open stay so until
   * they are judged again, see {@link Acceptor#judgeAgain}.
   */
  public void publish(Terms<C> next) {
    current = next;
  }
}
