package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Finds out whether a key of an authority signed a token. What takes long happens on a few threads of its own, and what
 * would have to wait there for long is refused. Any thread may use it; futures complete on the caller's context.
 */
final class SignatureCheck {

    static final String WORKERS = "fanfare-signatures";
    static final int THREADS = 2;

    private final WorkerExecutor workers;
    private final int maxWaiting;
    private final AtomicInteger waiting = new AtomicInteger();

    /** @param maxWaiting costly verifications that are begun and not done */
    SignatureCheck(Vertx vertx, int maxWaiting) {
        this.workers = vertx.createSharedWorkerExecutor(WORKERS, THREADS);
        this.maxWaiting = maxWaiting;
    }

    Future<Void> check(CompactToken token, Authority authority) {
        KeySet keys = authority.keys();
        return keys.knows(token) ? check(token, keys) : authority.newerKeys().compose(newer -> check(token, newer));
    }

    private Future<Void> check(CompactToken token, KeySet keys) {
        List<VerificationKey> candidates = keys.candidates(token);
        if (candidates.isEmpty()) {
            return refused(Reason.UNKNOWN_KEY, "no key of the token's issuer has its key id (kid) and algorithm");
        }
        if (!candidates.get(0).algorithm().isCostly()) {
            return outcome(verifies(candidates, token));
        }
        Digest digest = Digest.of(token.text());
        if (keys.verified().contains(digest)) {
            return outcome(true);
        }
        return verifyOnWorker(candidates, token).compose(verified -> {
            if (verified) {
                keys.verified().add(digest);
            }
            return outcome(verified);
        });
    }

    private Future<Boolean> verifyOnWorker(List<VerificationKey> candidates, CompactToken token) {
        if (waiting.incrementAndGet() > maxWaiting) {
            waiting.decrementAndGet();
            return refused(Reason.OVERLOADED, "too many tokens wait to be verified; try again");
        }
        try {
            return workers.executeBlocking(() -> verifies(candidates, token), false)
                    .onComplete(done -> waiting.decrementAndGet());
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            return refused(Reason.OVERLOADED, "the node is stopping");
        }
    }

    private static boolean verifies(List<VerificationKey> candidates, CompactToken token) {
        return candidates.stream().anyMatch(key -> key.verifies(token));
    }

    private static Future<Void> outcome(boolean verified) {
        return verified
                ? Future.succeededFuture()
                : refused(Reason.BAD_SIGNATURE, "the token is not signed with a key that we know");
    }

    private static <T> Future<T> refused(Reason reason, String message) {
        return Future.failedFuture(new AuthenticationException(reason, message));
    }

    Future<Void> close() {
        return workers.close();
    }
}
