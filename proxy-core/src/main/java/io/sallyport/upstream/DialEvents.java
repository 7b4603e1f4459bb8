package io.sallyport.upstream;

/** What happens to dialled endpoints; called on event loops, must not block. */
public interface DialEvents {

  void dialled();

  void dialFailed(DialFailure failure);
}
