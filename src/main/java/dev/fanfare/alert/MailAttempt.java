package dev.fanfare.alert;

import dev.fanfare.socket.BoundedSockets;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.MailResult;
import org.jspecify.annotations.Nullable;

/** One attempt to send a mail, which a server cannot make expensive. Used on one event loop. */
final class MailAttempt {

    /** The most bytes of a server in one attempt: several times what a dialogue with all receivers consists of. */
    static final int MAX_BYTES = 65_536;

    private final Context context;
    private final Promise<MailResult> result = Promise.promise();
    private final BoundedSockets sockets;
    private @Nullable MailClient client;

    MailAttempt(Vertx vertx) {
        context = vertx.getOrCreateContext();
        sockets = BoundedSockets.of(vertx, MAX_BYTES, problem -> result.tryFail("the mail server failed: " + problem));
    }

    /** Sends it. Call it once, and {@link #close} afterwards. */
    Future<MailResult> send(MailConfig options, MailMessage message) {
        context.runOnContext(v -> {
            MailClient created = MailClient.create(sockets, options);
            client = created;
            created.sendMail(message).onComplete(result::tryComplete, result::tryFail);
        });
        return result.future();
    }

    /** Ends it, with all its connections. */
    void close() {
        context.runOnContext(v -> {
            if (client != null) {
                client.close(); // which waits for what is being sent
            }
            sockets.closeSockets();
        });
    }
}
