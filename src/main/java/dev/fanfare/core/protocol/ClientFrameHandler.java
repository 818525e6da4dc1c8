package dev.fanfare.core.protocol;

/** One method for each {@link ClientFrame}: the compiler finds code that a new kind of frame would slip through. */
public interface ClientFrameHandler {

    void on(ClientFrame.JoinGroup joinGroup);

    void on(ClientFrame.LeaveGroup leaveGroup);

    void on(ClientFrame.SendToGroup sendToGroup);

    void on(ClientFrame.Event event);

    void on(ClientFrame.Invoke invoke);

    void on(ClientFrame.NotAllowed notAllowed);

    void on(ClientFrame.CancelInvocation cancelInvocation);

    void on(ClientFrame.Ping ping);

    void on(ClientFrame.SequenceAck sequenceAck);

    void on(ClientFrame.RefreshToken refreshToken);
}
