package io.sallyport.config;

/** What reference.conf says of settings that were left out, for records made without a file. */
public final class Defaults {

  private Defaults() {}

  public static Limits inboundLimits() {
    return ListenerReader.limits(Reference.root().child("defaults").child("inbound"));
  }

  public static Limits outboundLimits() {
    return ListenerReader.limits(Reference.root().child("defaults").child("outbound"));
  }

  public static DrainConfig drain() {
    return ConfigReader.drain(Reference.root().child("drain"));
  }

  public static int workers() {
    return ConfigReader.workers(Reference.root());
  }
}
