package io.sallyport.admin;

import io.netty.handler.codec.http.HttpMethod;

/**
 * What a client asks for.
 *
 * @param method GET where it was HEAD
 * @param query empty where there is none
 * @param body empty where there is none
 * @param fromHere whether it comes from this host: by loopback, or a Unix socket
 */
record AdminRequest(HttpMethod method, String path, String query, String body, boolean fromHere) {

  static AdminRequest of(HttpMethod method, String target, String body, boolean fromHere) {
    int mark = target.indexOf('?');
    return new AdminRequest(
        method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method,
        mark < 0 ? target : target.substring(0, mark),
        mark < 0 ? "" : target.substring(mark + 1),
        body,
        fromHere);
  }
}
