package io.sallyport.config;

/**
 * One thing that is wrong, told so that it can be put right: the setting, the fault, the remedy.
 *
 * @param setting the setting's path without the root, such as {@code inbound.web.listen}
 * @param origin file and line, such as {@code proxy.conf:12}; empty where there is none
 * @param fault what is wrong
 * @param remedy what to do about it; empty where the fault says it
 */
public record Problem(String setting, String origin, String fault, String remedy) {

  /**
   * {@code inbound.web.identity (proxy.conf:12): key does not fit; check that both were renewed}.
   */
  @Override
  public String toString() {
    return setting
        + (origin.isEmpty() ? "" : " (" + origin + ")")
        + ": "
        + fault
        + (remedy.isEmpty() ? "" : "; " + remedy);
  }
}
