package io.sallyport.http;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpObject;

/**
 * Stands where a message, or the rest of one that has begun, could not be understood: the last that
 * a connection's decoder passes on. The cause of {@link #decoderResult} is a {@link BadRequest} or
 * a {@link BadResponse}. It is neither a message nor content, so that whoever does not look at the
 * result can at least not take it for either.
 */
public final class BadMessage extends DefaultHttpObject {

  BadMessage(Exception cause) {
    setDecoderResult(DecoderResult.failure(cause));
  }
}
