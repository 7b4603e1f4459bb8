package io.sallyport.cli;

/** Which Sallyport this is. */
final class Version {

  private Version() {}

  /** From the jar's manifest; {@code dev} when run from classes. */
  static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
