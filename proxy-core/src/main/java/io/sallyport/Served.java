package io.sallyport;

import io.sallyport.config.ListenerConfig;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.LiveTerms;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TermsPublisher;
import java.util.function.Function;

/** One listener while it runs: where it accepts, and by what it serves. */
final class Served<C extends ListenerConfig> {

  private final TermsPublisher<C> publisher;
  private final Acceptor acceptor;

  /**
   * @param made not bound yet
   */
  Served(Terms<C> first, Function<LiveTerms<C>, Acceptor> made) {
    publisher = new TermsPublisher<>(first);
    acceptor = made.apply(publisher.live());
  }

  Acceptor acceptor() {
    return acceptor;
  }

  Terms<C> terms() {
    return publisher.live().current();
  }

  void serveBy(Terms<C> next) {
    publisher.publish(next);
  }
}
