package io.sallyport.rig;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

/**
 * An object store behind TLS: keeps what PUT brings, byte for byte, hands it out to GET with an
 * ETag and ranges of it, and tells of errors in XML.
 */
public final class ObjectStore implements AutoCloseable {

  public static final String NOT_FOUND = "<Error><Code>NoSuchKey</Code></Error>";

  private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
  private final Map<String, String> types = new ConcurrentHashMap<>();
  private final HttpApplication server;

  private ObjectStore(SSLContext context) {
    server = HttpApplication.answeringTls(context, this::answer);
  }

  public static ObjectStore start(SSLContext context) {
    return new ObjectStore(context);
  }

  private void answer(HttpApplication.Request request, OutputStream out) throws IOException {
    String path = request.target().replaceFirst("[?].*", "");
    if (request.method().equals("PUT")) {
      if (request.values("expect").contains("100-continue")) {
        HttpApplication.write(out, "HTTP/1.1 100 Continue\r\n\r\n");
      }
      objects.put(path, request.body().readAllBytes());
      types.put(path, String.join("", request.values("content-type")));
      HttpApplication.write(out, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    byte[] object = objects.get(path);
    if (object == null) {
      HttpApplication.write(
          out,
          "HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(NOT_FOUND.length(), NOT_FOUND));
    } else if (request.values("if-none-match").contains("\"1\"")) {
      HttpApplication.write(
          out, "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Length: 999\r\n\r\n");
    } else if (!request.values("range").isEmpty()) {
      HttpApplication.write(
          out,
          "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/9\r\n"
              + "Content-Length: 1\r\n\r\nx");
    } else {
      HttpApplication.write(
          out,
          "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nAccept-Ranges: bytes\r\nContent-MD5: abc=\r\n"
              + "x-amz-checksum-crc32: AAAAAA==\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                  .formatted(types.getOrDefault(path, "a/b"), object.length));
      if (!request.method().equals("HEAD")) {
        out.write(object);
        out.flush();
      }
    }
  }

  /** What lies at a path. */
  public byte[] at(String path) {
    byte[] object = objects.get(path);
    if (object == null) {
      throw new IllegalStateException("nothing at " + path);
    }
    return object;
  }

  /** Puts something there, as whoever has the store could. */
  public void put(String path, byte[] object) {
    objects.put(path, object);
  }

  /** The requests, as they came. */
  public HttpApplication server() {
    return server;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
