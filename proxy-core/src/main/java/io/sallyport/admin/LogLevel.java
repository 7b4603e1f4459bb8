package io.sallyport.admin;

import org.slf4j.event.Level;

/** From which level up the process logs; whoever owns its log implements it. Thread-safe. */
public interface LogLevel {

  Level current();

  void change(Level level);
}
