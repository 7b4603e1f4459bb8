package io.sallyport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.testcerts.TestCa;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SubjectTextTest {

  private static final TestCa CA = TestCa.create();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CN=web | CN=web",
        "CN=web,OU=Shop Floor,O=Acme,C=DE | CN=web,OU=Shop Floor,O=Acme,C=DE",
        "CN=a+OU=b,O=c | CN=a+OU=b,O=c",
        "CN=a:b/c@d!$%&'()*-._~`^{}[]? | CN=a:b/c@d!$%&'()*-._~`^{}[]?",
        "CN=web,O=Acme\\, Inc. | CN=web,O=#0c0a41636d652c20496e632e",
        "1.2.840.113549.1.9.1=#1603614062 | 1.2.840.113549.1.9.1=#1603614062",
        "CN=\u00e4 | CN=#0c02c3a4",
        "CN=\\#a,OU=b\\+c | CN=#0c022361,OU=#0c03622b63"
      })
  void writesPlainValuesAsTheyAreAndOthersEncoded(String subject, String text) {
    assertThat(SubjectText.of(new X500Principal(subject))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "a\r\nURI=x", "\n", "a\u007f", "a\u0085b"})
  void isNoneWithAControlCharacterInIt(String name) {
    assertThat(SubjectText.of(subject(name))).isNull();
    assertThat(SubjectText.of(subject("," + name))).isNull();
  }

  @Test
  void isNoneOfAnEmptySubject() {
    assertThat(SubjectText.of(new X500Principal(""))).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 125, 126, 127, 128, 253, 254, 255, 256, 1000})
  void writesTheLengthOfAnEncodedValueAsDerHasIt(int length) throws Exception {
    String name = "," + "x".repeat(length);

    String text = SubjectText.of(subject(name));

    assertThat(text).isNotNull();
    assertThat(valuesIn(text)).containsExactly("CN=" + name);
    // The JDK's own reader of DER finds the same subject in it.
    assertThat(new X500Principal(text).getName()).isEqualTo(subject(name).getName());
  }

  @Test
  void isBoundedWhateverThereIsInIt() {
    assertThat(SubjectText.of(subject("x".repeat(4000)))).hasSize(4003);
    assertThat(SubjectText.of(subject("x".repeat(5000)))).isNull();
    assertThat(SubjectText.of(subject("\u4e2d".repeat(1000)))).isNull();
  }

  /** Reads a subject as an application would, with the JDK's parser of RFC 2253. */
  static List<String> valuesIn(String rfc2253) throws InvalidNameException {
    List<String> values = new ArrayList<>();
    for (Rdn each : new LdapName(rfc2253).getRdns()) {
      values.add(
          0,
          each.getType()
              + "="
              + (each.getValue() instanceof byte[] der ? utf8String(der) : each.getValue()));
    }
    return values;
  }

  private static String utf8String(byte[] der) {
    ByteBuffer in = ByteBuffer.wrap(der);
    assertThat(in.get()).isEqualTo((byte) 0x0c);
    int length = in.get() & 0xff;
    if (length == 0x81) {
      length = in.get() & 0xff;
      assertThat(length).isGreaterThan(0x7f);
    } else if (length == 0x82) {
      length = in.getShort() & 0xffff;
      assertThat(length).isGreaterThan(0xff);
    }
    assertThat(in.remaining()).isEqualTo(length);
    return UTF_8.decode(in).toString();
  }

  private static X500Principal subject(String commonName) {
    return CA.issue(leaf -> leaf.cn(commonName).key(CA.keyPair())).leaf().getSubjectX500Principal();
  }
}
