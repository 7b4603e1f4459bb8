package io.sallyport.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Signals of the operating system. A shutdown hook would not do: it cannot tell a second signal
 * from the first, nor choose the exit code.
 */
final class Signals {

  private Signals() {}

  /**
   * Calls {@code action}, each time on a thread of its own, instead of ending the process. Where
   * the platform keeps the signal to itself, as {@code java -Xrs} does, all stays as it is.
   *
   * @param name without {@code SIG}
   */
  static void on(String name, Runnable action) {
    try {
      // By reflection because javac warns of sun.misc.Signal in a way that nothing can suppress.
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler run =
          (self, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.run();
                  yield null;
                }
                case "equals" -> self == arguments[0];
                case "hashCode" -> System.identityHashCode(self);
                default -> "Signals.on(" + name + ")";
              };
      Object handle =
          Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, run);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), handle);
    } catch (ReflectiveOperationException e) {
      // No such signal here, or it is taken: then the platform's own way of ending applies.
    }
  }
}
