package io.sallyport;

import io.sallyport.rig.Leaks;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Registered for every test class: a buffer that nobody released fails the class that lost it. */
public final class LeaksFail implements AfterAllCallback {

  @Override
  public void afterAll(ExtensionContext context) {
    Leaks.awaitNone();
  }
}
