package io.sallyport.envelope;

/** What a key is for; one secret never serves two. */
public enum KeyUse {
  /** AES-256-GCM of single messages under the key itself. */
  RAW,
  /** Input key of sealed messages. */
  SEALED,
  /** Wraps the data keys of sealed messages. */
  WRAP,
  /** Input key of framed connections. */
  FRAMES
}
