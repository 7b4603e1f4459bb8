package io.sallyport;

import io.sallyport.config.ListenerConfig;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.LiveTerms;
import io.sallyport.listener.Place;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TermsPublisher;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One listener while it runs: where it accepts, and by what it serves. */
final class Served<C extends ListenerConfig> {

  private final TermsPublisher<C> publisher;
  private final Function<LiveTerms<C>, Acceptor> made;
  private volatile @Nullable Acceptor acceptor;

  /**
   * @param made called when it is to accept: one that is only tried out leaves nothing behind
   */
  Served(Terms<C> first, Function<LiveTerms<C>, Acceptor> made) {
    publisher = new TermsPublisher<>(first);
    this.made = made;
  }

  /** Accepts there from now on; who accepted there before accepts no more. */
  void acceptAt(Place place) {
    Acceptor there = made.apply(publisher.live());
    there.acceptAt(place);
    acceptor = there;
  }

  /** Once it accepts. */
  Acceptor acceptor() {
    return Objects.requireNonNull(acceptor);
  }

  Terms<C> terms() {
    return publisher.live().current();
  }

  void serveBy(Terms<C> next) {
    publisher.publish(next);
  }
}
