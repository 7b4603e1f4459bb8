package io.sallyport.rig;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.Provider;
import java.security.Security;
import java.security.cert.CertPath;
import java.security.cert.CertPathChecker;
import java.security.cert.CertPathParameters;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorResult;
import java.security.cert.CertPathValidatorSpi;
import java.security.cert.X509Certificate;
import java.util.concurrent.CountDownLatch;

/**
 * Holds up whoever proves the path of one certificate in this JVM, as a list of a million entries
 * would; all others are proven as ever.
 */
public final class HeldProof implements AutoCloseable {

  private static final String PROVIDER = "held proof";

  private final X509Certificate leaf;
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  private HeldProof(X509Certificate leaf) {
    this.leaf = leaf;
  }

  public static HeldProof of(X509Certificate leaf) {
    HeldProof held = new HeldProof(leaf);
    Security.insertProviderAt(new Validators(held), 1);
    return held;
  }

  public void awaitBegun() throws InterruptedException {
    begun.await();
  }

  public void release() {
    released.countDown();
  }

  @Override
  public void close() {
    Security.removeProvider(PROVIDER);
    release();
  }

  private void hold(CertPath path) throws CertPathValidatorException {
    if (!path.getCertificates().contains(leaf)) {
      return;
    }
    begun.countDown();
    try {
      released.await();
    } catch (InterruptedException e) {
      throw new CertPathValidatorException(e);
    }
  }

  private static final class Validators extends Provider {
    private static final long serialVersionUID = 1;

    Validators(HeldProof held) {
      super(PROVIDER, "1", "the JDK's validator of paths, behind a door");
      putService(
          new Service(
              this, "CertPathValidator", "PKIX", HeldValidator.class.getName(), null, null) {
            @Override
            public Object newInstance(Object parameter) {
              return new HeldValidator(held);
            }
          });
    }
  }

  private static final class HeldValidator extends CertPathValidatorSpi {

    private final HeldProof held;
    private final CertPathValidator validator;

    HeldValidator(HeldProof held) {
      this.held = held;
      try {
        validator = CertPathValidator.getInstance("PKIX", "SUN");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public CertPathValidatorResult engineValidate(CertPath path, CertPathParameters parameters)
        throws CertPathValidatorException, InvalidAlgorithmParameterException {
      held.hold(path);
      return validator.validate(path, parameters);
    }

    @Override
    public CertPathChecker engineGetRevocationChecker() {
      return validator.getRevocationChecker();
    }
  }
}
