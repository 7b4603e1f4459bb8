package io.sallyport.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.LongConsumer;

/** Whether a private key is that of a certificate. */
public final class KeyFit {

  private KeyFit() {}

  /**
   * As BoringSSL has it, which is to show both: it takes no damaged key either. To sign and to
   * verify in Java is a quarter of a second's work for its compiler, at every start.
   *
   * @throws UnsatisfiedLinkError where the TLS library cannot be loaded
   */
  public static boolean fits(PrivateKey key, X509Certificate certificate) {
    OpenSsl.ensureAvailability();
    long context = 0;
    long engine = 0;
    long chain = 0;
    long kept = 0;
    try {
      context = SSLContext.make(SSL.SSL_PROTOCOL_TLSV1_3, SSL.SSL_MODE_SERVER);
      engine = SSL.newSSL(context, true);
      chain = parsed("CERTIFICATE", certificate.getEncoded(), SSL::parseX509Chain);
      kept = parsed("PRIVATE KEY", key.getEncoded(), pem -> SSL.parsePrivateKey(pem, null));
      SSL.setKeyMaterial(engine, chain, kept);
      return true;
    } catch (Exception e) {
      return false; // it throws nothing more particular
    } finally {
      free(chain, SSL::freeX509Chain);
      free(kept, SSL::freePrivateKey);
      free(engine, SSL::freeSSL);
      free(context, SSLContext::free);
    }
  }

  private interface Parser {
    long parse(long pem) throws Exception;
  }

  /** Of memory of BoringSSL, which wipes what it frees. */
  private static long parsed(String label, byte[] encoded, Parser parser) throws Exception {
    byte[] lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(encoded);
    byte[] begin = ("-----BEGIN " + label + "-----\n").getBytes(US_ASCII);
    byte[] end = ("\n-----END " + label + "-----\n").getBytes(US_ASCII);
    ByteBuf text = Unpooled.directBuffer(begin.length + lines.length + end.length);
    long pem = 0;
    try {
      text.writeBytes(begin).writeBytes(lines).writeBytes(end);
      pem = SSL.newMemBIO();
      SSL.bioWrite(pem, text.memoryAddress(), text.readableBytes());
      return parser.parse(pem);
    } finally {
      text.setZero(0, text.capacity()).release();
      Arrays.fill(lines, (byte) 0);
      Arrays.fill(encoded, (byte) 0);
      free(pem, SSL::freeBIO);
    }
  }

  private static void free(long what, LongConsumer how) {
    if (what != 0) {
      how.accept(what);
    }
  }
}
