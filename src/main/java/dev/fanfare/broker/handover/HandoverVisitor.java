package dev.fanfare.broker.handover;

/** One method for each {@link HandoverMessage}: the compiler finds code that a new message would slip through. */
public interface HandoverVisitor<R> {

    R on(HandoverMessage.ClaimRequest claimRequest);

    R on(HandoverMessage.ClaimTaken claimTaken);

    R on(HandoverMessage.ClaimDeclined claimDeclined);

    R on(HandoverMessage.ClaimQuery claimQuery);

    R on(HandoverMessage.ClaimReply claimReply);

    R on(HandoverMessage.Forward forward);

    R on(HandoverMessage.Release release);

    R on(HandoverMessage.Barrier barrier);

    R on(HandoverMessage.OwnerChanged ownerChanged);

    R on(HandoverMessage.SessionEnded sessionEnded);

    R on(HandoverMessage.SessionsDigest sessionsDigest);

    R on(HandoverMessage.SessionsRequest sessionsRequest);

    R on(HandoverMessage.SessionsReply sessionsReply);
}
