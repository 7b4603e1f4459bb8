package io.sallyport.identity;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.sallyport.tls.FatalAlertSent;
import io.sallyport.tls.FirstBytes;
import io.sallyport.tls.TlsHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a handshake that failed.
 *
 * @param failure the closed reason
 * @param detail a sentence for the log, already safe to print: what the peer did, which alert
 * @param leaf the certificate that was refused; null where none was seen
 */
public record FailedHandshake(
    HandshakeFailure failure, String detail, @Nullable X509Certificate leaf) {

  private static final int DEEPEST_CAUSE = 16;

  /** BoringSSL: {@code error:PPRRRRRR:SSL routines:OPENSSL_internal:REASON}. */
  private static final Pattern BORINGSSL =
      Pattern.compile("error:[0-9a-fA-F]{5}([0-9a-fA-F]{3}):[^:]*:[^:]*:([A-Z0-9_]+)");

  /** A reason from here on is an alert that the peer sent. */
  private static final int FIRST_ALERT_REASON = 1000;

  private static final Map<String, HandshakeFailure> BORINGSSL_REASONS =
      Map.of(
          "PEER_DID_NOT_RETURN_A_CERTIFICATE", HandshakeFailure.NO_CERTIFICATE,
          "NO_CERTIFICATE_SET", HandshakeFailure.UNKNOWN_SERVER_NAME,
          "UNSUPPORTED_PROTOCOL", HandshakeFailure.UNSUPPORTED_VERSION,
          "WRONG_VERSION_NUMBER", HandshakeFailure.UNSUPPORTED_VERSION,
          "INAPPROPRIATE_FALLBACK", HandshakeFailure.UNSUPPORTED_VERSION,
          "NO_SHARED_CIPHER", HandshakeFailure.NOTHING_IN_COMMON,
          "NO_SHARED_GROUP", HandshakeFailure.NOTHING_IN_COMMON,
          "NO_COMMON_SIGNATURE_ALGORITHMS", HandshakeFailure.NOTHING_IN_COMMON,
          "HTTP_REQUEST", HandshakeFailure.PLAIN_HTTP,
          "HTTPS_PROXY_REQUEST", HandshakeFailure.PLAIN_HTTP);

  /**
   * Its limit on messages, which it does not name; and it has none of ours to show where we found
   * none for the server name.
   */
  private static final Map<String, String> BORINGSSL_DETAILS =
      Map.of(
          "NO_CERTIFICATE_SET",
          "none of our certificates has the server name that the peer asked for",
          "EXCESSIVE_MESSAGE_SIZE",
          "a message of the handshake, such as that with the certificates, is longer than 16 KiB");

  /** What is known of a handshake that failed on this connection, from its first bytes too. */
  public static FailedHandshake of(Throwable cause, TlsHandler tls) {
    return of(cause).given(tls.firstBytes());
  }

  /** Reads the cause with which a {@link TlsHandler} failed. */
  public static FailedHandshake of(Throwable cause) {
    List<Throwable> causes = chain(cause);
    for (Throwable each : causes) {
      if (each instanceof ChainRefused refused) {
        return new FailedHandshake(
            refused.failure(), SafeText.of(refused.getMessage()), refused.leaf());
      }
    }
    for (Throwable each : causes) {
      FailedHandshake known = known(each);
      if (known != null) {
        return known;
      }
    }
    return failed(HandshakeFailure.PROTOCOL_ERROR, causes.get(causes.size() - 1).getMessage());
  }

  private static List<Throwable> chain(Throwable cause) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable each = cause;
        each != null && chain.size() < DEEPEST_CAUSE;
        each = each.getCause()) {
      chain.add(each);
    }
    return chain;
  }

  private static @Nullable FailedHandshake known(Throwable cause) {
    if (cause instanceof ServerNameRefused) {
      return failed(HandshakeFailure.UNKNOWN_SERVER_NAME, cause.getMessage());
    }
    if (cause instanceof FatalAlertSent) {
      return failed(HandshakeFailure.PROTOCOL_ERROR, cause.getMessage());
    }
    if (cause instanceof SslHandshakeTimeoutException) {
      return failed(HandshakeFailure.TIMEOUT, "not finished in time");
    }
    if (cause instanceof NotSslRecordException) {
      return failed(HandshakeFailure.NOT_TLS, "what came is not TLS");
    }
    if (cause instanceof SSLException) {
      return told(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof ClosedChannelException || cause instanceof IOException) {
      return failed(HandshakeFailure.PEER_CLOSED, "the peer went away in the middle");
    }
    return null;
  }

  private static @Nullable FailedHandshake told(String message) {
    Matcher boringSsl = BORINGSSL.matcher(message);
    if (boringSsl.find()) {
      int number = Integer.parseInt(boringSsl.group(1), 16);
      if (number >= FIRST_ALERT_REASON) {
        return refusedByPeer(Alerts.name(number - FIRST_ALERT_REASON));
      }
      String reason = boringSsl.group(2);
      return failed(
          BORINGSSL_REASONS.getOrDefault(reason, HandshakeFailure.PROTOCOL_ERROR),
          BORINGSSL_DETAILS.getOrDefault(
              reason, reason.toLowerCase(Locale.ROOT).replace('_', ' ')));
    }
    return null;
  }

  /** Knows better where the first bytes say more than the exception does. */
  private FailedHandshake given(FirstBytes first) {
    Integer alert = first.plainAlert();
    if (failure == HandshakeFailure.PROTOCOL_ERROR && alert != null) {
      // OpenSSL's TLS 1.3 client refuses us by an alert in plaintext, which BoringSSL cannot read.
      return refusedByPeer(Alerts.name(alert));
    }
    if (failure == HandshakeFailure.NOT_TLS && first.http()) {
      return failed(HandshakeFailure.PLAIN_HTTP, "HTTP in plaintext");
    }
    if (failure == HandshakeFailure.PEER_CLOSED && first.none()) {
      return failed(HandshakeFailure.NO_BYTES, "the peer went away without a byte");
    }
    return this;
  }

  private static FailedHandshake refusedByPeer(String alert) {
    return failed(HandshakeFailure.REFUSED_BY_PEER, "the peer sent alert " + alert);
  }

  private static FailedHandshake failed(HandshakeFailure failure, @Nullable String detail) {
    return new FailedHandshake(failure, SafeText.of(detail), null);
  }

  /** Without the leaf, which is long and says what its owner likes. */
  @Override
  public String toString() {
    return failure.label() + ": " + detail;
  }
}
