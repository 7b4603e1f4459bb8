package io.sallyport.http;

/** What no message may have, before it is said whose message it was. */
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
