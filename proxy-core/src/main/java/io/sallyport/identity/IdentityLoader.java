package io.sallyport.identity;

import io.sallyport.config.ListenerConfig;
import io.sallyport.config.Problem;
import java.util.List;

/** Reads the files that a configuration names, once each, and proves what is in them. */
public final class IdentityLoader {

  /** What the files held. */
  public interface Loaded {
    /** Empty when every identity can serve. */
    List<Problem> problems();

    List<Problem> warnings();

    /**
     * The first generation of a listener.
     *
     * @param check asked for every proven chain
     * @throws IllegalStateException when there were problems
     */
    IdentityGeneration generation(ListenerConfig listener, long number, PeerCheck check);
  }

  private IdentityLoader() {}
}
