package io.sallyport.http;

/** Bytes that no message of HTTP/1.1 may have, before it is said whose message it was. */
final class Malformed extends Exception {

  private static final long serialVersionUID = 1L;

  private final Flaw flaw;
  private final String detail;

  Malformed(Flaw flaw, String detail) {
    super(detail, null, false, false);
    this.flaw = flaw;
    this.detail = detail;
  }

  BadRequest asRequest() {
    return new BadRequest(flaw.ofRequest(), detail);
  }

  BadResponse asResponse() {
    return new BadResponse(flaw.ofResponse(), detail);
  }
}
