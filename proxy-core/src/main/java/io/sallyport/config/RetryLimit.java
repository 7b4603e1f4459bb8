package io.sallyport.config;

/**
 * {@code retry-budget}: how many retries there may be.
 *
 * @param percent so many to a hundred requests of the last ten seconds
 * @param perSecond so many beside those, however few requests there are
 */
public record RetryLimit(int percent, int perSecond) {}
