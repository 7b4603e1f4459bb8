package io.sallyport.telemetry;

import java.time.Instant;

/** From when to when a certificate holds. */
public record Validity(Instant notBefore, Instant notAfter) {}
