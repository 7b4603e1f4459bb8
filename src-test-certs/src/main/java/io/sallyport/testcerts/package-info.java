/**
 * Throwaway PKIs for tests, the demo and {@code sallyport certs}: never for production.
 *
 * <p>{@link io.sallyport.testcerts.TestCa} issues certificates in memory, good ones by default and
 * odd ones on request:
 *
 * <pre>{@code
 * TestCa ca = TestCa.create();
 * TestIdentity app = ca.issue(leaf -> leaf.dns("app").ip("127.0.0.1"));
 * TestIdentity late = ca.issue(leaf -> leaf.dns("app").expired());
 * }</pre>
 *
 * <p>{@link io.sallyport.testcerts.DevelopmentPki} keeps such a CA in a folder.
 *
 * <p>Bouncy Castle builds the certificates; keys and signatures come from the JDK's own providers,
 * so that nothing is registered in the JVM that a test or the proxy runs in.
 */
@NullMarked
package io.sallyport.testcerts;

import org.jspecify.annotations.NullMarked;
