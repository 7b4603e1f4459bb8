package io.sallyport.testcerts;

import java.nio.file.Path;

/**
 * An identity on disk.
 *
 * @param certificate the leaf, then its intermediates
 * @param key the private key, mode 0600 where the file system has modes
 */
public record PemFiles(Path certificate, Path key) {}
