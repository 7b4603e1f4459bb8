package io.sallyport.admin;

import java.util.function.Supplier;

/**
 * What /metrics serves.
 *
 * @param contentType the format of the text, such as {@link #PROMETHEUS_TEXT}
 * @param text renders the page; called on the admin server's event loop, once a scrape
 */
public record MetricsPage(String contentType, Supplier<String> text) {

  /** The Prometheus text exposition format. */
  public static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
}
