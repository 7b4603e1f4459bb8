package io.sallyport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.sallyport.config.BodyEnvelopeConfig;
import io.sallyport.config.BodyEnvelopeConfig.AadField;
import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyUse;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the bodies of one request and its response, by the settings and the keys of the
 * moment it came: each is a message of the sealed format. Immutable.
 */
public final class BodyEnvelope {

  private static final Set<HttpMethod> WHOSE_CONTENT_MATTERS =
      Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);

  private final BodyEnvelopeConfig config;
  private final KeyRing keys;
  private final RequestHead head;
  private final Events events;

  /** What becomes of the body of a response. */
  enum OfResponse {
    PASS,
    SEAL,
    OPEN,
    /** Others may have made it; what they say is passed as it is. */
    OPEN_IF_SEALED
  }

  /** What is told of the messages of one request; on its event loop. */
  public interface Events {

    /** One is sealed, or opened, to its end. */
    void done(Operation operation);

    /** One could not be. */
    void failed(Operation operation, EnvelopeFailed failed);

    /** The request is none that goes with an envelope. */
    void refused(Refusal why);

    /** A fault of ours. */
    void fault(Throwable thrown);
  }

  /**
   * @param head as the request goes on: the additional data are of it
   */
  public BodyEnvelope(BodyEnvelopeConfig config, KeyRing keys, RequestHead head, Events events) {
    this.config = config;
    this.keys = keys;
    this.head = head;
    this.events = events;
  }

  boolean isToHead() {
    return HttpMethod.HEAD.equals(head.method());
  }

  KeyRing keys() {
    return keys;
  }

  /**
   * @throws EnvelopeFailed when there is none
   */
  EnvelopeKey sealingKey() throws EnvelopeFailed {
    return keys.primary(KeyUse.SEALED);
  }

  Events events() {
    return events;
  }

  /**
   * Of the request's body. An empty one counts where the method is for what it has: what is stored
   * empty has to open too, and nobody shall make an empty one of one that is not.
   *
   * @param length of the body as it comes, as {@link BodyLength} has it
   */
  Action ofRequest(long length) {
    return length != 0 || WHOSE_CONTENT_MATTERS.contains(head.method())
        ? config.request()
        : Action.PASS;
  }

  /**
   * Why such a request is not passed on, null when it is.
   *
   * @param fields as they go on
   * @param length of the body as it comes
   */
  @Nullable Refusal refusal(HttpHeaders fields, long length) {
    if (!EnvelopeFields.isInCapitals(head.methodName())) {
      return Refusal.ENVELOPE_METHOD;
    }
    if (EnvelopeFields.nameAnotherMethod(fields)) {
      return Refusal.ENVELOPE_METHOD_OVERRIDE;
    }
    if (changesResponses() && StoreRequests.askForPart(head.query())) {
      return Refusal.ENVELOPE_PART;
    }
    return ofRequest(length) == Action.PASS ? null : StoreRequests.refusal(fields, head.query());
  }

  /** Whether something is done to all answers to such requests that have a body. */
  boolean changesResponses() {
    return config.isForResponsesTo(answeredAs().name());
  }

  private HttpMethod answeredAs() {
    return isToHead() ? HttpMethod.GET : head.method();
  }

  /** Whether they are opened. */
  boolean opensResponses() {
    return changesResponses() && config.response() == Action.OPEN;
  }

  /**
   * Of the response's body. Whatever an application says is sealed, unless there is nothing of it:
   * its errors speak of what it has as well. But those that come may be of somebody in between, who
   * has no key. Where content was asked for an empty one has to open as well, lest whoever has the
   * store make it nothing.
   *
   * @param told of its length, as {@link BodyLength} has it
   */
  OfResponse ofResponse(HttpResponseStatus status, long told) {
    boolean isSuccess = status.codeClass() == HttpStatusClass.SUCCESS;
    boolean hasNone =
        status.equals(HttpResponseStatus.NO_CONTENT)
            || (status.equals(HttpResponseStatus.RESET_CONTENT) && told == 0);
    return switch (config.response()) {
      case PASS -> OfResponse.PASS;
      case SEAL ->
          !changesResponses() || hasNone || (told == 0 && !isSuccess)
              ? OfResponse.PASS
              : OfResponse.SEAL;
      case OPEN -> {
        if (!changesResponses() || !isSuccess) {
          yield OfResponse.OPEN_IF_SEALED;
        }
        boolean mayHaveNone = !HttpMethod.GET.equals(answeredAs());
        yield hasNone && mayHaveNone ? OfResponse.PASS : OfResponse.OPEN;
      }
    };
  }

  byte[] requestAad() {
    return aad("request");
  }

  /** That of an error is another one, so that neither can be made of the other. */
  byte[] responseAad(HttpResponseStatus status) {
    return aad(status.codeClass() == HttpStatusClass.SUCCESS ? "response" : "error");
  }

  /**
   * Text, so that {@code sallyport open --aad} can have it: {@code host=store.test path=/a/b}. No
   * value has a blank, so no two requests that differ in these fields have one text.
   */
  private byte[] aad(String direction) {
    StringBuilder text = new StringBuilder();
    for (AadField field : config.aad()) {
      text.append(text.length() == 0 ? "" : " ").append(field.word()).append('=');
      text.append(
          switch (field) {
            case HOST -> head.host();
            case PATH -> head.path();
            case QUERY -> head.query();
            case METHOD -> head.methodName();
            case DIRECTION -> direction;
          });
    }
    return text.toString().getBytes(UTF_8);
  }
}
