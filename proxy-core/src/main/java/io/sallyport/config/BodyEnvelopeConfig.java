package io.sallyport.config;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the bodies of requests and responses, each a sealed message. At least one of them
 * is not {@link EnvelopeConfig.Action#PASS}; the key ring has the keys for it.
 *
 * @param request of the bodies of requests
 * @param response of the bodies of responses
 * @param responseTo the methods whose responses that is for; HEAD goes with GET; null for all
 * @param aad what of a request binds its bodies
 */
public record BodyEnvelopeConfig(
    String keyRing,
    Action request,
    Action response,
    @Nullable List<String> responseTo,
    Set<AadField> aad)
    implements EnvelopeConfig {

  /** A word of {@code aad}, in the order in which the additional data has them. */
  public enum AadField {
    HOST,
    PATH,
    QUERY,
    METHOD,
    DIRECTION;

    /** As the configuration and the additional data have it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public BodyEnvelopeConfig {
    responseTo = responseTo == null ? null : List.copyOf(responseTo);
    aad = aad.isEmpty() ? Set.of() : EnumSet.copyOf(aad);
  }

  /** Whether {@link #response} is for the responses to a method, which is not HEAD. */
  public boolean isForResponsesTo(String method) {
    return response != Action.PASS && (responseTo == null || responseTo.contains(method));
  }

  @Override
  public Format format() {
    return Format.SEALED;
  }

  @Override
  public boolean seals() {
    return request == Action.SEAL || response == Action.SEAL;
  }

  @Override
  public boolean opens() {
    return request == Action.OPEN || response == Action.OPEN;
  }
}
