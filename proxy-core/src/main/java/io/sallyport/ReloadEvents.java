package io.sallyport;

/**
 * What is told of reloads, whatever causes them: somebody who asks, or files that have changed. Of
 * what is tried again and again is told when it comes out otherwise than before. Called on the
 * thread that reloads, which waits meanwhile.
 */
public interface ReloadEvents {

  /** Tells nobody. */
  ReloadEvents NONE =
      new ReloadEvents() {
        @Override
        public void reloading() {}

        @Override
        public void reloaded(Reload done) {}
      };

  /** It is about to be served by something else; {@link #reloaded} follows. */
  void reloading();

  /** It is served by that, or as much of it as could be taken. */
  void reloaded(Reload done);
}
