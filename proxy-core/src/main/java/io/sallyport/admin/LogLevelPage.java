package io.sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** From which level up the process logs, in one word, and until it ends. */
final class LogLevelPage {

  private static final Logger LOG = LoggerFactory.getLogger(LogLevelPage.class);

  private LogLevelPage() {}

  static Reply of(LogLevel log) {
    return Reply.text(HttpResponseStatus.OK, word(log.current()));
  }

  /**
   * @param body the word, and a line break where the client sends one
   */
  static Reply change(LogLevel log, String body) {
    String asked = body.strip();
    for (Level level : Level.values()) {
      if (word(level).equals(asked)) {
        boolean louder = level.toInt() < log.current().toInt();
        if (louder) {
          log.change(level);
        }
        LOG.atWarn().addKeyValue("level", asked).log("log level changed");
        log.change(level);
        return of(log);
      }
    }
    return Reply.text(
        HttpResponseStatus.BAD_REQUEST, "the body is to be error, warn, info, debug or trace");
  }

  private static String word(Level level) {
    return level.name().toLowerCase(Locale.ROOT);
  }
}
