package io.sallyport.rig;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;

/** An {@code X509SVIDResponse}, written by Google's library; each method adds a field. */
public final class SvidMessage {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  /** What is written of one message. */
  public interface Fields {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  /** An SVID with one CA as its bundle. */
  public static SvidMessage of(String id, TestIdentity svid, TestCa ca) {
    return new SvidMessage().svid(id, svid, ca);
  }

  public SvidMessage svid(String id, TestIdentity svid, TestCa ca) {
    return svid(id, der(svid.chain()), svid.key().getEncoded(), der(List.of(ca.certificate())));
  }

  public SvidMessage svid(String id, byte[] chain, byte[] key, byte[] bundle) {
    return message(
        1,
        svid -> {
          svid.writeString(1, id);
          svid.writeByteArray(2, chain);
          svid.writeByteArray(3, key);
          svid.writeByteArray(4, bundle);
          svid.writeString(5, "internal");
        });
  }

  /** In DER. */
  public SvidMessage crl(byte[] crl) {
    return field(fields -> fields.writeByteArray(2, crl));
  }

  public SvidMessage federated(String trustDomain, TestCa... cas) {
    byte[] bundle = der(List.of(cas).stream().map(TestCa::certificate).toList());
    return message(
        3,
        entry -> {
          entry.writeString(1, trustDomain);
          entry.writeByteArray(2, bundle);
        });
  }

  public SvidMessage message(int number, Fields fields) {
    byte[] inner = new SvidMessage().field(fields).bytes();
    return field(outer -> outer.writeBytes(number, ByteString.copyFrom(inner)));
  }

  public SvidMessage field(Fields fields) {
    try {
      fields.writeTo(out);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] bytes() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** One behind the other. */
  public static byte[] der(List<X509Certificate> certificates) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      for (X509Certificate certificate : certificates) {
        all.writeBytes(certificate.getEncoded());
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException(e);
    }
    return all.toByteArray();
  }
}
