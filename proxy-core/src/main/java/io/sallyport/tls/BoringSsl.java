package io.sallyport.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.Library;
import org.jspecify.annotations.Nullable;

/** The TLS library, of which there is one in the process. */
public final class BoringSsl {

  private static final boolean FOUND = find();

  private BoringSsl() {}

  /**
   * Where it lies unpacked on {@code java.library.path}. Netty, which finds it elsewhere too, would
   * set up the JDK's TLS on the way, which a start does not need.
   */
  private static boolean find() {
    if (!"Linux".equals(System.getProperty("os.name"))) {
      return false;
    }
    String machine =
        switch (System.getProperty("os.arch", "")) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64" -> "aarch_64";
          default -> "other";
        };
    try {
      return Library.initialize("netty_tcnative_linux_" + machine, null);
    } catch (Exception | LinkageError e) {
      return false; // what is wrong with it Netty tells, which finds the same
    }
  }

  /** Whether it can be used: it is there for this system and machine. */
  public static boolean isAvailable() {
    return FOUND || OpenSsl.isAvailable();
  }

  /** Why it cannot be used; null where it can. */
  public static @Nullable Throwable unavailabilityCause() {
    return FOUND ? null : OpenSsl.unavailabilityCause();
  }

  /**
   * @throws UnsatisfiedLinkError where it is not available
   */
  static void load() {
    if (!FOUND) {
      OpenSsl.ensureAvailability();
    }
  }
}
