package io.sallyport.admin;

import java.util.function.Supplier;

/**
 * What /metrics serves.
 *
 * @param contentType the format of the text, such as {@code text/plain; version=0.0.4}
 * @param text renders the page; called on the admin server's event loop, once a scrape
 */
public record MetricsPage(String contentType, Supplier<String> text) {}
