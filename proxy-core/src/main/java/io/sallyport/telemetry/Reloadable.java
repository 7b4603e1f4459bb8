package io.sallyport.telemetry;

import java.util.Locale;

/** What is read again on its own: the label {@code what} of the reload metrics. */
public enum Reloadable {
  /** The configuration file with its rules. */
  CONFIG,
  /** Certificates with their keys. */
  IDENTITY,
  /** The CAs that vouch for peers, with the CRLs that are looked up. */
  TRUST,
  /** The keys that seal and open payloads. */
  KEY_RING;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower case. */
  public String label() {
    return label;
  }
}
