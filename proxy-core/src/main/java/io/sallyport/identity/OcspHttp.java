package io.sallyport.identity;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Carries questions to responders (RFC 6960 appendix A). By POST, which every responder takes: GET
 * is there for caches on the way, which responders and caches spell differently, and whose answers
 * are the older for it. Follows no redirect and uses no proxy: a responder is where the CA says.
 */
final class OcspHttp {

  /** A signed answer about one certificate has some two kilobytes, with the signer's own. */
  private static final int MOST_BYTES = 16 * 1024;

  private static final int OK = 200;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();

  /**
   * Begins an exchange; may look up the name of the responder first. What does not end in time is
   * hung up on.
   *
   * @param executor for what there is to do for it, which waits for names alone
   * @return all of an answer, or {@link OcspFailed}
   */
  CompletableFuture<byte[]> post(
      URI responder, byte[] question, Duration timeout, Executor executor) {
    HttpRequest request =
        HttpRequest.newBuilder(responder)
            .header("Content-Type", "application/ocsp-request")
            .header("Accept", "application/ocsp-response")
            .POST(BodyPublishers.ofByteArray(question))
            .build();
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    // A request's own timeout ends with the headers; a body may then come by a byte a second.
    answer.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
    executor.execute(() -> send(request, answer));
    return answer.exceptionallyCompose(fault -> CompletableFuture.failedFuture(failure(fault)));
  }

  private void send(HttpRequest request, CompletableFuture<byte[]> answer) {
    CompletableFuture<HttpResponse<byte[]>> exchange =
        http.sendAsync(request, head -> new Body(head.statusCode()));
    answer.whenComplete((done, fault) -> exchange.cancel(true));
    exchange.whenComplete(
        (response, fault) -> {
          if (fault == null) {
            answer.complete(response.body());
          } else {
            answer.completeExceptionally(fault);
          }
        });
  }

  private static OcspFailed failure(Throwable fault) {
    Throwable cause = fault instanceof CompletionException ? fault.getCause() : fault;
    if (cause instanceof Unfit unfit) {
      return new OcspFailed(unfit.result, String.valueOf(unfit.getMessage()), unfit);
    }
    if (cause instanceof TimeoutException || cause instanceof HttpTimeoutException) {
      return new OcspFailed(OcspResult.TIMEOUT, "nothing whole came in time", cause);
    }
    if (cause instanceof ProtocolException) {
      return new OcspFailed(OcspResult.BAD_ANSWER, "it is not HTTP", cause);
    }
    return new OcspFailed(
        OcspResult.UNREACHABLE,
        cause instanceof ConnectException
            ? "no connection to the responder"
            : "the connection to the responder broke",
        cause);
  }

  /** What came is not to be read, or not to its end. */
  private static final class Unfit extends IOException {
    private static final long serialVersionUID = 1;

    private final OcspResult result;

    Unfit(OcspResult result, String detail) {
      super(detail);
      this.result = result;
    }
  }

  /** Takes a body of a size that an answer can have, and of status 200 alone. */
  private static final class Body implements BodySubscriber<byte[]> {

    private final int status;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private @Nullable Subscription subscription;

    Body(int status) {
      this.status = status;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Subscription subscribed) {
      subscription = subscribed;
      if (status == OK) {
        subscribed.request(Long.MAX_VALUE);
      } else {
        giveUp(new Unfit(OcspResult.REFUSED, "the responder answers with HTTP status " + status));
      }
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        if (whole.isDone()) {
          return;
        }
        if (bytes.size() + part.remaining() > MOST_BYTES) {
          giveUp(new Unfit(OcspResult.BAD_ANSWER, "it is longer than " + MOST_BYTES + " bytes"));
          return;
        }
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        bytes.writeBytes(copy);
      }
    }

    private void giveUp(Unfit why) {
      whole.completeExceptionally(why);
      if (subscription != null) {
        subscription.cancel();
      }
    }

    @Override
    public void onError(Throwable fault) {
      whole.completeExceptionally(fault);
    }

    @Override
    public void onComplete() {
      whole.complete(bytes.toByteArray());
    }
  }
}
