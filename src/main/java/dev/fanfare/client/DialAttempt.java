package dev.fanfare.client;

import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundUrl;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Dial;
import dev.fanfare.socket.DialAnswer;
import dev.fanfare.socket.DialAnswerHandler;
import dev.fanfare.socket.DialRequest;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to open a socket: resolves, connects, sends the handshake and follows redirects, all within one timeout.
 * Used on the event loop on which it is started.
 */
final class DialAttempt {

    private final Vertx vertx;
    private final Connector connector;
    private final OutboundConnection settings;
    private final int number;
    private final int maxRedirects;
    private final DialListener dialListener;
    private OutboundCredentials.@Nullable Presented presented;
    private @Nullable Dial dial;
    private long deadline;
    private boolean over;

    /** Receives the outcome. Exactly one of the two is called, unless the attempt is abandoned. */
    interface DialListener {

        /** The remote accepted; the socket must be opened at once. */
        void opened(Dial accepted);

        void failed(DialException failure);
    }

    /** @param number counts the attempts of a connection */
    DialAttempt(
            Vertx vertx,
            Connector connector,
            OutboundConnection settings,
            int number,
            int maxRedirects,
            DialListener dialListener) {
        this.vertx = vertx;
        this.connector = connector;
        this.settings = settings;
        this.number = number;
        this.maxRedirects = maxRedirects;
        this.dialListener = dialListener;
    }

    void start(OutboundCredentials.Presented presenting) {
        presented = presenting;
        deadline = vertx.setTimer(
                connector.timeoutMillis(),
                timer -> fail(
                        Metrics.DialOutcome.TIMED_OUT, ErrorCode.CONNECTIVITY, "the remote did not answer in time"));
        follow(presenting.url(), 0);
    }

    /** Cancels the attempt without calling the listener. */
    void abandon() {
        over = true;
        vertx.cancelTimer(deadline);
        if (dial != null) {
            dial.abandon();
        }
    }

    private void follow(OutboundUrl url, int redirects) {
        dial = null;
        connector.connect(url, settings, number).onComplete(connected -> {
            if (connected.failed()) {
                fail(
                        connected.cause() instanceof DialException failure
                                ? failure
                                : new DialException(
                                        Metrics.DialOutcome.FAULT, ErrorCode.INTERNAL, "an internal fault"));
            } else if (over) {
                connected.result().close();
            } else {
                ask(url, connected.result(), redirects);
            }
        });
    }

    private void ask(OutboundUrl url, NetSocket connection, int redirects) {
        String target = url.query() == null ? url.path() : url.path() + "?" + url.query();
        DialRequest request = new DialRequest(
                url.authority(),
                target,
                settings.subprotocols(),
                presented != null && presented.url().sameOrigin(url) ? presented.headers() : List.of());
        dial = Dial.start(connection, request, answer -> answered(url, answer, redirects));
    }

    private void answered(OutboundUrl url, DialAnswer answer, int redirects) {
        if (over) {
            return;
        }
        answer.accept(new Answered(url, redirects));
    }

    /** What follows from the answer to one request. */
    private final class Answered implements DialAnswerHandler {

        private final OutboundUrl url;
        private final int redirects;

        Answered(OutboundUrl url, int redirects) {
            this.url = url;
            this.redirects = redirects;
        }

        @Override
        public void on(DialAnswer.Accepted accepted) {
            over = true;
            vertx.cancelTimer(deadline);
            dialListener.opened(Objects.requireNonNull(dial));
        }

        @Override
        public void on(DialAnswer.Redirected redirect) {
            redirected(url, redirect.location(), redirects);
        }

        @Override
        public void on(DialAnswer.Refused refused) {
            fail(
                    Metrics.DialOutcome.REFUSED,
                    code(refused.status()),
                    "the remote answered with status " + refused.status());
        }

        @Override
        public void on(DialAnswer.Invalid invalid) {
            fail(
                    Metrics.DialOutcome.INVALID_ANSWER,
                    ErrorCode.REMOTE_REFUSED,
                    "the remote's answer is invalid: " + invalid.text());
        }

        @Override
        public void on(DialAnswer.Lost lost) {
            fail(
                    Metrics.DialOutcome.LOST,
                    ErrorCode.REMOTELY_CLOSED,
                    "the remote ended the connection instead of answering");
        }
    }

    private void redirected(OutboundUrl url, String location, int redirects) {
        OutboundUrl next = url.redirected(location);
        if (next == null) {
            fail(
                    Metrics.DialOutcome.BAD_REDIRECT,
                    ErrorCode.REMOTE_REFUSED,
                    "the remote redirects to a URL that is not a WebSocket's, or from wss to ws");
        } else if (redirects == maxRedirects) {
            fail(
                    Metrics.DialOutcome.BAD_REDIRECT,
                    ErrorCode.REMOTE_REFUSED,
                    "the remote redirects more than " + maxRedirects + " times");
        } else {
            follow(next, redirects + 1);
        }
    }

    private static ErrorCode code(int status) {
        return switch (status) {
            case 401, 407 -> ErrorCode.REMOTE_UNAUTHORIZED;
            case 403 -> ErrorCode.REMOTE_FORBIDDEN;
            case 404 -> ErrorCode.REMOTE_NOT_FOUND;
            case 429, 503 -> ErrorCode.REMOTE_UNAVAILABLE;
            default -> status >= 500 ? ErrorCode.REMOTE_FAILED : ErrorCode.REMOTE_REFUSED;
        };
    }

    private void fail(Metrics.DialOutcome outcome, ErrorCode code, String text) {
        fail(new DialException(outcome, code, text));
    }

    private void fail(DialException failure) {
        if (!over) {
            abandon();
            dialListener.failed(failure);
        }
    }
}
