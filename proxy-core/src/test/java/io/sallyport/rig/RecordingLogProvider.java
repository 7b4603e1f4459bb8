package io.sallyport.rig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.LoggingEventAware;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The logging of the tests' JVM: every line of ours and the libraries' warnings go to {@link
 * RecordedLog}; warnings are printed too, for whoever reads the build's output.
 */
public final class RecordingLogProvider implements SLF4JServiceProvider {

  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter mdc = new NOPMDCAdapter();

  @Override
  public ILoggerFactory getLoggerFactory() {
    return RecordingLogger::new;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return mdc;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {}

  /** Made anew for every name: the tests' JVM asks once a class. */
  private static final class RecordingLogger extends LegacyAbstractLogger
      implements LoggingEventAware {

    private static final long serialVersionUID = 1L;

    private final boolean ours;

    RecordingLogger(String name) {
      this.name = name;
      this.ours = name.startsWith("io.sallyport");
    }

    @Override
    public void log(LoggingEvent event) {
      Map<String, String> fields = new LinkedHashMap<>();
      List<KeyValuePair> pairs = event.getKeyValuePairs();
      if (pairs != null) {
        pairs.forEach(pair -> fields.put(pair.key, String.valueOf(pair.value)));
      }
      record(event.getLevel(), event.getMessage(), fields, event.getThrowable());
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String message,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      record(
          level,
          String.valueOf(MessageFormatter.basicArrayFormat(message, arguments)),
          Map.of(),
          thrown);
    }

    private void record(
        Level level, String message, Map<String, String> fields, @Nullable Throwable thrown) {
      RecordedLog.add(new RecordedLog.Line(name, level, message, fields));
      if (level.toInt() >= Level.WARN.toInt()) {
        System.err.println(level + " " + name + ": " + message + " " + fields);
        if (thrown != null) {
          thrown.printStackTrace();
        }
      }
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return ours;
    }

    @Override
    public boolean isInfoEnabled() {
      return ours;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }
  }
}
