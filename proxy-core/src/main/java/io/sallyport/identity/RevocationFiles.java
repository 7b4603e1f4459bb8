package io.sallyport.identity;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;

/** Reads CRLs, and refuses those that would not be understood when a peer comes. */
final class RevocationFiles {

  /** An entry takes some twelve times its bytes as an object, and in a reload twice that. */
  private static final int MOST_BYTES =
      (int) Math.min(SourceFiles.MOST_BYTES_OF_TRUST, Runtime.getRuntime().maxMemory() / 96);

  private static final int DER_SEQUENCE = 0x30;

  private final SourceFiles files;
  private final Findings findings;
  private final Instant now;

  RevocationFiles(SourceFiles files, Findings findings, Instant now) {
    this.files = files;
    this.findings = findings;
    this.now = now;
  }

  /**
   * @param anchors whose signatures are checked now; of a CA below them, when it is met in a path
   */
  List<X509CRL> read(String setting, List<Path> paths, Set<X509Certificate> anchors)
      throws Unusable {
    List<X509CRL> lists = new ArrayList<>();
    int left = MOST_BYTES;
    for (Path path : paths) {
      byte[] content = files.read(setting, path, SourceFiles.MOST_BYTES_OF_TRUST);
      left -= content.length;
      if (left < 0) {
        throw new Unusable(
            setting,
            "the CRLs are larger than " + MOST_BYTES + " bytes together",
            "name those of the CAs that issue to peers alone, or give Java more heap (-Xmx)");
      }
      int before = lists.size();
      for (byte[] der : encoded(setting, path, content)) {
        String which = "CRL " + (lists.size() - before + 1) + " in " + path;
        lists.add(check(setting, which, parse(setting, which, der), anchors));
      }
    }
    return lists;
  }

  /** The same of what comes in no file. */
  List<X509CRL> check(String setting, List<byte[]> encoded, Set<X509Certificate> anchors)
      throws Unusable {
    long bytes = encoded.stream().mapToLong(der -> der.length).sum();
    if (bytes > MOST_BYTES) {
      throw new Unusable(
          setting,
          "the CRLs are larger than " + MOST_BYTES + " bytes together",
          "give Java more heap (-Xmx)");
    }
    List<X509CRL> lists = new ArrayList<>();
    for (byte[] der : encoded) {
      String which = "CRL " + (lists.size() + 1) + " of the Workload API";
      lists.add(check(setting, which, parse(setting, which, der), anchors));
    }
    return lists;
  }

  private static List<byte[]> encoded(String setting, Path path, byte[] content) throws Unusable {
    if (content[0] == DER_SEQUENCE) {
      return List.of(content);
    }
    List<byte[]> lists = new ArrayList<>();
    for (PemBlock block : PemBlock.all(setting, path.toString(), content)) {
      if (block.isRevocationList()) {
        try {
          lists.add(block.der());
        } catch (IllegalArgumentException e) {
          throw unparsed(setting, "a CRL in " + path);
        }
      }
    }
    if (lists.isEmpty()) {
      throw new Unusable(setting, path + " holds no CRL", "it must hold BEGIN X509 CRL lines");
    }
    return lists;
  }

  private static X509CRL parse(String setting, String which, byte[] der) throws Unusable {
    try {
      return (X509CRL)
          CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
    } catch (CRLException | CertificateException | RuntimeException e) {
      throw unparsed(setting, which);
    }
  }

  private static Unusable unparsed(String setting, String which) {
    return new Unusable(
        setting,
        which + " cannot be parsed",
        "check that the file is whole; openssl crl -text shows what is in it");
  }

  private X509CRL check(String setting, String which, X509CRL list, Set<X509Certificate> anchors)
      throws Unusable {
    if (list.getExtensionValue(Extension.deltaCRLIndicator.getId()) != null) {
      throw new Unusable(setting, which + " is a delta CRL", "name the whole CRL");
    }
    byte[] scope = list.getExtensionValue(Extension.issuingDistributionPoint.getId());
    if (scope != null) {
      checkScope(setting, which, scope);
    }
    if (!signed(list, anchors)) {
      throw new Unusable(
          setting,
          which + " does not verify: the trusted CA of its issuer's name did not sign it",
          "have the CA issue it again, and check that it is whole");
    }
    if (list.getNextUpdate() == null) {
      // RFC 5280 §5.1.2.5 asks for it, and the JDK reads no other.
      throw new Unusable(
          setting,
          which + " does not say when the next one comes",
          "have the CA issue it with nextUpdate");
    }
    if (now.isAfter(list.getNextUpdate().toInstant())) {
      findings.warning(
          setting, which + " is stale since " + list.getNextUpdate().toInstant(), "replace it");
    }
    return list;
  }

  private static void checkScope(String setting, String which, byte[] extension) throws Unusable {
    IssuingDistributionPoint scope;
    try {
      scope =
          IssuingDistributionPoint.getInstance(ASN1OctetString.getInstance(extension).getOctets());
    } catch (RuntimeException e) {
      throw unparsed(setting, which);
    }
    if (scope.isIndirectCRL()) {
      throw new Unusable(
          setting, which + " is an indirect CRL", "name the CRL of each CA that issues to peers");
    }
    if (scope.getOnlySomeReasons() != null || scope.onlyContainsAttributeCerts()) {
      throw new Unusable(
          setting, which + " is not for every reason and certificate", "name the whole CRL");
    }
  }

  /** True also where no anchor has the issuer's name. */
  private static boolean signed(X509CRL list, Set<X509Certificate> anchors) {
    boolean namesake = false;
    for (X509Certificate anchor : anchors) {
      if (anchor.getSubjectX500Principal().equals(list.getIssuerX500Principal())) {
        namesake = true;
        try {
          list.verify(anchor.getPublicKey());
          return true;
        } catch (GeneralSecurityException e) {
          // Another one may have the same name.
        }
      }
    }
    return !namesake;
  }
}
