package dev.fanfare.socket;

/** One method for each {@link DialAnswer}: the compiler finds code that a new outcome would slip through. */
public interface DialAnswerHandler {

    void on(DialAnswer.Accepted accepted);

    void on(DialAnswer.Redirected redirected);

    void on(DialAnswer.Refused refused);

    void on(DialAnswer.Invalid invalid);

    void on(DialAnswer.Lost lost);
}
