package io.sallyport.listener;

import io.sallyport.envelope.EnvelopeEvents;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.http.BodyEnvelope;
import io.sallyport.http.Refusal;
import io.sallyport.http.RequestHead;

/** Tells of the envelopes of one request: metrics count them, and the log has what failed. */
public final class RequestEnvelope implements BodyEnvelope.Events {

  private final Connection connection;
  private final EnvelopeEvents events;
  private final RequestHead head;

  /**
   * @param head as it came
   */
  public RequestEnvelope(Connection connection, EnvelopeEvents events, RequestHead head) {
    this.connection = connection;
    this.events = events;
    this.head = head;
  }

  @Override
  public void done(Operation operation) {
    events.done(operation);
  }

  @Override
  public void failed(Operation operation, EnvelopeFailed failed) {
    events.failed(operation, failed.failure());
    connection.envelopeFailed(operation, failed, head.methodName(), head.target());
  }

  @Override
  public void refused(Refusal why) {
    connection.envelopeRefused(why.cause(), head.methodName(), head.target());
  }

  @Override
  public void fault(Throwable thrown) {
    connection.fault(thrown);
  }
}
