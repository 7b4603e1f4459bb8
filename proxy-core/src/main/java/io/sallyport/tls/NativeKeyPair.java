package io.sallyport.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.internal.tcnative.SSLCredential;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLException;

/** A certificate chain and its private key in the memory of BoringSSL, parsed once. */
final class NativeKeyPair implements AutoCloseable {

  private long chain;
  private long key;

  private NativeKeyPair() {}

  /**
   * @param chain leaf first
   * @throws SSLException when BoringSSL cannot read one of them
   */
  static NativeKeyPair of(List<X509Certificate> chain, PrivateKey key) throws SSLException {
    NativeKeyPair pair = new NativeKeyPair();
    try {
      pair.chain = read(PemText.of(chain), SSL::parseX509Chain);
      pair.key = read(PemText.of(key), pem -> SSL.parsePrivateKey(pem, null));
      return pair;
    } catch (Exception e) { // it throws nothing more particular
      pair.close();
      throw new SSLException("BoringSSL cannot read a key or its certificate", e);
    }
  }

  /**
   * Shows it in this one handshake.
   *
   * @throws SSLException when the key is not that of the certificate
   */
  void showIn(long ssl) throws SSLException {
    try {
      SSL.setKeyMaterial(ssl, chain, key);
    } catch (Exception e) {
      throw new SSLException("the key is not that of the certificate", e);
    }
  }

  /** Shows it in all handshakes of a context, which then neither parse nor compare anything. */
  void showInAll(long context) throws SSLException {
    long credential = 0;
    try {
      credential = SSLCredential.newX509();
      SSLCredential.setPrivateKey(credential, key);
      SSLCredential.setCertChain(credential, chain);
      SSLContext.addCredential(context, credential);
    } catch (Exception e) {
      throw new SSLException("BoringSSL cannot show this certificate", e);
    } finally {
      free(credential);
    }
  }

  private static void free(long credential) throws SSLException {
    if (credential != 0) {
      try {
        SSLCredential.free(credential);
      } catch (Exception e) {
        throw new SSLException("a credential cannot be freed", e);
      }
    }
  }

  @Override
  public void close() {
    free(chain, SSL::freeX509Chain);
    free(key, SSL::freePrivateKey);
    chain = 0;
    key = 0;
  }

  interface Reader<T> {
    T read(long pem) throws Exception;
  }

  /** Of memory of BoringSSL, which wipes what it frees. */
  static <T> T read(byte[] text, Reader<T> reader) throws Exception {
    ByteBuf direct = Unpooled.directBuffer(text.length);
    long pem = 0;
    try {
      direct.writeBytes(text);
      pem = SSL.newMemBIO();
      SSL.bioWrite(pem, direct.memoryAddress(), direct.readableBytes());
      return reader.read(pem);
    } finally {
      direct.setZero(0, direct.capacity()).release();
      Arrays.fill(text, (byte) 0);
      free(pem, SSL::freeBIO);
    }
  }

  static void free(long what, LongConsumer how) {
    if (what != 0) {
      how.accept(what);
    }
  }
}
