package io.sallyport.http;

/** What can be wrong with requests and responses alike, and what it is called in each. */
enum Flaw {
  START_LINE_TOO_LONG(RequestFault.REQUEST_LINE_TOO_LONG, ResponseFault.STATUS_LINE_TOO_LONG),
  HEADERS_TOO_LARGE(RequestFault.HEADERS_TOO_LARGE, ResponseFault.HEADERS_TOO_LARGE),
  TOO_MANY_HEADERS(RequestFault.TOO_MANY_HEADERS, ResponseFault.TOO_MANY_HEADERS),
  BARE_CR(RequestFault.BARE_CR, ResponseFault.BARE_CR),
  BARE_LF(RequestFault.BARE_LF, ResponseFault.BARE_LF),
  CONTROL_BYTE(RequestFault.CONTROL_BYTE, ResponseFault.CONTROL_BYTE),
  FIELD_LINE(RequestFault.FIELD_LINE, ResponseFault.FIELD_LINE),
  FIELD_NAME(RequestFault.FIELD_NAME, ResponseFault.FIELD_NAME),
  OBS_FOLD(RequestFault.OBS_FOLD, ResponseFault.OBS_FOLD),
  CONTENT_LENGTH(RequestFault.CONTENT_LENGTH, ResponseFault.CONTENT_LENGTH),
  LENGTH_AND_CODING(RequestFault.LENGTH_AND_CODING, ResponseFault.LENGTH_AND_CODING),
  TRANSFER_CODING(RequestFault.TRANSFER_CODING, ResponseFault.TRANSFER_CODING),
  CHUNK_SIZE(RequestFault.CHUNK_SIZE, ResponseFault.CHUNK_SIZE),
  CHUNK_EXTENSION(RequestFault.CHUNK_EXTENSION, ResponseFault.CHUNK_EXTENSION),
  CHUNK_END(RequestFault.CHUNK_END, ResponseFault.CHUNK_END),
  TRAILER_FIELD(RequestFault.TRAILER_FIELD, ResponseFault.TRAILER_FIELD),
  FIELD_VALUE(RequestFault.FIELD_VALUE, ResponseFault.FIELD_VALUE),
  PSEUDO_FIELD(RequestFault.PSEUDO_FIELD, ResponseFault.PSEUDO_FIELD),
  CONNECTION_FIELD(RequestFault.CONNECTION_FIELD, ResponseFault.CONNECTION_FIELD);

  private final RequestFault ofRequest;
  private final ResponseFault ofResponse;

  Flaw(RequestFault ofRequest, ResponseFault ofResponse) {
    this.ofRequest = ofRequest;
    this.ofResponse = ofResponse;
  }

  RequestFault ofRequest() {
    return ofRequest;
  }

  ResponseFault ofResponse() {
    return ofResponse;
  }
}
