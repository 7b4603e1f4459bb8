package io.sallyport.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/**
 * What a browser shows: one document, which asks the JSON pages. Its own script and style run,
 * known by their hashes (CSP Level 3 §2.3.1), and nothing else: no name that a peer bears can
 * become part of it.
 */
final class StatusPage {

  private static final String HTML = "text/html; charset=utf-8";

  private StatusPage() {}

  /** Read when it is asked for first. */
  private static final class Loaded {
    static final Reply REPLY = reply(document());
  }

  static Reply reply() {
    return Loaded.REPLY;
  }

  private static String document() {
    try (InputStream in = StatusPage.class.getResourceAsStream("status.html")) {
      if (in == null) {
        throw new IllegalStateException("status.html is beside this class");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Reply reply(String document) {
    String policy =
        "default-src 'none'; connect-src 'self'; img-src data:; script-src "
            + hash(within(document, "script"))
            + "; style-src "
            + hash(within(document, "style"))
            + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    return new Reply(
        HttpResponseStatus.OK,
        HTML,
        document,
        Map.of(
            HttpHeaderNames.CONTENT_SECURITY_POLICY.toString(),
            policy,
            "referrer-policy",
            "no-referrer"));
  }

  private static String within(String document, String element) {
    String start = "<" + element + ">";
    return document.substring(
        document.indexOf(start) + start.length(), document.indexOf("</" + element + ">"));
  }

  private static String hash(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
