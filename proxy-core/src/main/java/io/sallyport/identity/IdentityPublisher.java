package io.sallyport.identity;

/** The writer's side of a {@link LiveIdentity}: the reloader has it, handlers do not. */
public final class IdentityPublisher {

  private volatile IdentityGeneration current;

  public IdentityPublisher(IdentityGeneration first) {
    current = first;
  }

  public LiveIdentity live() {
    return () -> current;
  }

  /** Open connections keep what they have; the next handshake uses this. */
  public void publish(IdentityGeneration next) {
    current = next;
  }
}
