package io.sallyport.config;

import java.nio.file.Path;
import java.util.List;

/**
 * How peers' certificates are looked up before they are relied on.
 *
 * @param crl files of CRLs; empty to look nothing up in them
 * @param required refuse a peer of whom no CRL that is not stale says anything
 * @param ocsp whom to ask besides
 */
public record RevocationConfig(List<Path> crl, boolean required, OcspConfig ocsp) {

  /** Nothing is looked up. */
  public static final RevocationConfig NONE = new RevocationConfig(List.of(), true, OcspConfig.OFF);

  public RevocationConfig {
    crl = List.copyOf(crl);
  }
}
