package io.sallyport;

import static io.sallyport.rig.Buffers.KERNEL_HOLDS;
import static io.sallyport.rig.Buffers.WE_HOLD;
import static io.sallyport.rig.Buffers.held;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SealedMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies of any length sealed and opened, in memory that does not grow with them. */
final class HttpEnvelopeFlowIT {

  private static final long BYTES = 64L * Payload.MIB + 5;

  private final Pki pki;
  private final Payload payload = new Payload(9, BYTES);
  private final Path object;

  HttpEnvelopeFlowIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    SealedMessages.by("k", folder.resolve("k.key"));
    object = folder.resolve("object");
  }

  /** Keeps the one object on disk; PUT is not read before it may be. */
  private HttpApplication store(CountDownLatch mayRead) {
    return HttpApplication.answeringTls(
        pki.context(pki.server()),
        (request, out) -> {
          if (request.method().equals("PUT")) {
            mayRead.await();
            Files.copy(request.body(), object);
            HttpApplication.write(out, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
          } else {
            HttpApplication.write(
                out, "HTTP/1.1 200 OK\r\nContent-Length: " + Files.size(object) + "\r\n\r\n");
            Files.copy(object, out);
          }
        });
  }

  private RunningProxy proxy(HttpApplication store) {
    return RunningProxy.with(
        pki,
        """
        key-rings.bucket.keys = [
          { id = k, file = "FOLDER/k.key", encoding = base64, use = sealed, state = primary }
        ]
        outbound.out {
          listen = "127.0.0.1:0", connect = "%s", identity = client, protocol = http
          envelope { key-ring = bucket, request = seal, response = open }
        }
        """
            .formatted(store.address()));
  }

  @Test
  void whoeverDoesNotReadStopsWhoeverSendsAndAllOfItArrives() throws Exception {
    CountDownLatch mayRead = new CountDownLatch(1);
    try (HttpApplication store = store(mayRead);
        RunningProxy proxy = proxy(store);
        HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      long before = held();
      caller.send("PUT /o HTTP/1.1\r\nHost: a\r\nContent-Length: " + BYTES + "\r\n\r\n");
      CompletableFuture<Void> sending = payload.sending(caller.socket().getOutputStream());
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      mayRead.countDown();
      assertThat(caller.read().status()).isEqualTo(201);
      sending.join();

      before = held();
      caller.send("GET /o HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(caller.readHead()).containsIgnoringCase("content-length: " + BYTES);
      assertThat(Payload.hashOf(caller.socket().getInputStream(), BYTES)).isEqualTo(payload.hash());
      assertThat(held() - before).isLessThan(WE_HOLD);
    }
  }
}
