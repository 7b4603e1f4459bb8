package io.sallyport.config;

import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.config.EnvelopeConfig.Format;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Tls;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code envelope} of a listener. */
final class EnvelopeReader {

  private static final String KEY_RING = "key-ring";
  static final String FORMAT = "format";
  static final String TO_APPLICATION = "to-application";
  static final String TO_PEER = "to-peer";
  static final String AAD = "aad";

  static final Values.Parser<Format> FORMATS = Values.choice(Format.values());
  static final Values.Parser<Action> ACTIONS = Values.choice(Action.values());

  private final Section section;
  private final @Nullable Address application;
  private final @Nullable EnvelopeConfig envelope;
  private final boolean sound;

  /**
   * @param application where the application is, or comes in; null where that is not known
   */
  EnvelopeReader(
      Section listener,
      KeyRings keyRings,
      Tls tls,
      boolean overHttp,
      @Nullable Address application) {
    section = listener.child("envelope");
    this.application = application;
    int problemsBefore = section.findings().problemCount();
    envelope = section.has(KEY_RING) ? read(keyRings, tls, overHttp) : none();
    sound = section.findings().problemCount() == problemsBefore;
  }

  /** Null when payloads pass as they are, and when it has problems. */
  @Nullable EnvelopeConfig envelope() {
    return envelope;
  }

  /** Whether it has no problems; those that it has are told. */
  boolean isSound() {
    return sound;
  }

  /** Of a template, which need not be whole. */
  static void readAlone(Section listenerDefaults) {
    Section section = listenerDefaults.child("envelope");
    section.read(FORMAT, FORMATS);
    section.readOrDefault(TO_APPLICATION, ACTIONS);
    section.readOrDefault(TO_PEER, ACTIONS);
    BodyEnvelopeReader.readAlone(section);
  }

  /** In a template these are for those listeners that have a key ring. */
  private @Nullable EnvelopeConfig none() {
    for (String key : section.said()) {
      problem(
          section.path(key),
          "there is no envelope without a key ring, and payloads would pass as they are",
          "set " + KEY_RING + " beside it, or remove it");
    }
    return null;
  }

  private @Nullable EnvelopeConfig read(KeyRings keyRings, Tls tls, boolean overHttp) {
    String name = section.read(KEY_RING, Values::text);
    KeyRingConfig ring = name == null ? null : keyRings.named(name, section);
    EnvelopeConfig read = overHttp ? BodyEnvelopeReader.read(section, name) : ofStream(name, tls);
    if (read != null && !read.seals() && !read.opens()) {
      problem(
          section.path(),
          "seals nothing and opens nothing",
          overHttp
              ? "set request or response to seal or open"
              : "set " + TO_APPLICATION + " or " + TO_PEER + " to seal or open");
    }
    if (read != null && ring != null) {
      checkKeys(read, ring);
    }
    return read;
  }

  private @Nullable StreamEnvelopeConfig ofStream(@Nullable String name, Tls tls) {
    BodyEnvelopeReader.refuseOverTcp(section);
    Format format =
        section.require(
            FORMAT, FORMATS, "write sealed for what is stored, frames between two sidecars");
    Action toApplication = section.readOrDefault(TO_APPLICATION, ACTIONS);
    Action toPeer = section.readOrDefault(TO_PEER, ACTIONS);
    String aad = section.read(AAD, Values::text);
    if (name == null || format == null) {
      return null;
    }
    StreamEnvelopeConfig read =
        format == Format.FRAMES
            ? new StreamEnvelopeConfig(name, format, Action.OPEN, Action.SEAL, null)
            : new StreamEnvelopeConfig(name, format, toApplication, toPeer, aad);
    switch (format) {
      case FRAMES -> checkFrames();
      case SEALED -> checkSealed(read, tls);
      case RAW -> checkRaw();
    }
    if (format != Format.RAW && read.toApplication() == Action.OPEN) {
      checkCuts();
    }
    return read;
  }

  private void checkFrames() {
    String always = "frames seals to the peer and opens to the application, always";
    refuse(TO_APPLICATION, always);
    refuse(TO_PEER, always);
    refuse(AAD, "frames has additional data of its own");
  }

  /** A chunk is held back until it is full or the stream ends, so an answer could be waited for. */
  private void checkSealed(StreamEnvelopeConfig envelope, Tls tls) {
    if (envelope.toApplication() != Action.PASS
        && envelope.toPeer() != Action.PASS
        && tls.halfClose() != HalfClose.FULL) {
      problem(
          section.where(FORMAT),
          "sealed both ways needs each side to be able to finish alone, since the rest of a message"
              + " is held back until its end",
          "let one way pass, or write half-close = full, or format = frames between two sidecars");
    }
    if (envelope.toApplication() == Action.SEAL
        && envelope.toPeer() == Action.OPEN
        && envelope.aad() == null) {
      section
          .findings()
          .warning(
              section.path(AAD),
              "what is sealed on one way names that way, and does not open on the way back",
              "set the same text wherever what is stored is to be opened");
    }
  }

  /** Nothing tells it from one that is whole. */
  private void checkCuts() {
    if (application instanceof Address.Unix) {
      section
          .findings()
          .warning(
              section.where(FORMAT),
              "a Unix socket has no reset, so that to the application a stream that was cut ends as"
                  + " one that is whole",
              "reach the application by 127.0.0.1, where that matters");
    }
  }

  private void checkRaw() {
    refuse(AAD, "raw has no additional data");
    section
        .findings()
        .warning(
            section.where(FORMAT),
            "raw seals each message alone: that one is left out, repeated or moved is not noticed",
            "use frames between two sidecars, or sealed for what is stored");
  }

  /** What is in a template counts where the format is from there too. */
  private void refuse(String key, String why) {
    boolean inTemplate = !section.where(key).equals(section.path(key));
    if (section.says(key) || (inTemplate && !section.says(FORMAT))) {
      problem(section.where(key), why, "remove it, or choose another format");
    }
  }

  private void checkKeys(EnvelopeConfig envelope, KeyRingConfig ring) {
    Set<KeyConfig.Use> uses = envelope.format().uses();
    String use = "use = " + Values.oneOf(uses.stream().map(KeyConfig.Use::word).toList());
    if (envelope.seals() && !ring.seals(uses)) {
      problem(
          section.where(KEY_RING),
          "the key ring " + ring.name() + " has no primary key to seal with, of " + use,
          "add one to " + ring.setting() + ".keys, or make one primary");
    } else if (envelope.opens() && !ring.opens(uses)) {
      problem(
          section.where(KEY_RING),
          "the key ring " + ring.name() + " has no key to open with, of " + use,
          "add one to " + ring.setting() + ".keys, or enable one");
    }
  }

  private void problem(String setting, String fault, String remedy) {
    section.findings().problem(setting, fault, remedy);
  }
}
