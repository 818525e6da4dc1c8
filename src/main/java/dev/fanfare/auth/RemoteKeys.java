package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The published keys of an issuer: fetched regularly, and when a token names an unknown key, but then at most once per
 * cooldown. The keys stay valid if a fetch fails. {@link #keys} and {@link #newer} may be called on any thread;
 * everything else runs on the context that created it. At most {@value #MAX_WAITERS} tokens wait for a fetch.
 */
final class RemoteKeys {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteKeys.class);

    /** Tokens that may wait for a fetch at the same time. */
    static final int MAX_WAITERS = 1024;

    private static final long RETRY_SECONDS = 10;
    private static final double JITTER = 0.2;

    private final Vertx vertx;
    private final Context owner;
    private final JwksClient client;
    private final Config.Issuer issuer;
    private final RequestOptions request;
    private final List<VerificationKey> configured;
    private final List<Promise<KeySet>> waiters = new ArrayList<>();

    private volatile KeySet keys;
    private @Nullable Digest document;
    private String problem = "";
    private boolean fetching;
    private boolean closed;
    private @Nullable Long lastAskedNanos;
    private @Nullable Long timer;

    /** @param configured keys that are valid besides the published ones */
    RemoteKeys(
            Vertx vertx,
            JwksClient client,
            Config.Issuer issuer,
            RequestOptions request,
            List<VerificationKey> configured) {
        this.vertx = vertx;
        this.owner = vertx.getOrCreateContext();
        this.client = client;
        this.issuer = issuer;
        this.request = request;
        this.configured = List.copyOf(configured);
        this.keys = new KeySet(configured);
    }

    KeySet keys() {
        return keys;
    }

    /** Starts fetching. Succeeds after the first attempt, whatever its result. */
    Future<Void> start() {
        return onOwner(waiter -> {
                    waiters.add(waiter);
                    fetch();
                })
                .mapEmpty();
    }

    /**
     * The keys after another fetch, or the current ones during the cooldown after a fetch that a token caused.
     * Completes on the caller's context; fails with {@link Reason#OVERLOADED} if too many wait.
     */
    Future<KeySet> newer() {
        return onOwner(this::ask);
    }

    Future<Void> close() {
        return onOwner(waiter -> {
                    closed = true;
                    cancelTimer();
                    answerWaiters();
                    waiter.complete(keys);
                })
                .mapEmpty();
    }

    private void ask(Promise<KeySet> waiter) {
        if (closed || (!fetching && isCoolingDown())) {
            waiter.complete(keys);
        } else if (waiters.size() >= MAX_WAITERS) {
            waiter.fail(new AuthenticationException(
                    Reason.OVERLOADED, "too many tokens wait for newer keys of their issuer; try again"));
        } else {
            waiters.add(waiter);
            if (!fetching) {
                lastAskedNanos = System.nanoTime();
                fetch();
            }
        }
    }

    private boolean isCoolingDown() {
        return lastAskedNanos != null
                && System.nanoTime() - lastAskedNanos < TimeUnit.SECONDS.toNanos(issuer.jwksCooldownSeconds());
    }

    private void fetch() {
        if (closed) {
            answerWaiters();
            return;
        }
        cancelTimer();
        fetching = true;
        client.fetch(request)
                .compose(this::read)
                .onComplete(done -> fetched(""), failure -> fetched(String.valueOf(failure.getMessage())));
    }

    /** Parses off the event loop: a document with many keys takes milliseconds. */
    private Future<Void> read(Buffer body) {
        Digest digest = Digest.of(body.getBytes());
        if (digest.equals(document)) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(() -> JwksDocument.parse(vertx, body.getBytes()), false)
                .compose(parsed -> take(parsed, digest));
    }

    private Future<Void> take(JwksDocument parsed, Digest digest) {
        if (parsed.keys().isEmpty()) {
            return Future.failedFuture(new IOException("the answer has no usable key " + parsed.skipped()));
        }
        List<VerificationKey> all = new ArrayList<>(configured);
        all.addAll(parsed.keys());
        keys = new KeySet(all);
        document = digest;
        LOG.info("issuer {}: keys fetched: {}", issuer.issuer(), parsed.keys().size());
        if (!parsed.skipped().isEmpty()) {
            LOG.warn("issuer {}: published keys that are not used: {}", issuer.issuer(), parsed.skipped());
        }
        return Future.succeededFuture();
    }

    private void fetched(String newProblem) {
        fetching = false;
        if (!newProblem.isEmpty() && !newProblem.equals(problem)) {
            LOG.warn(
                    "issuer {}: its keys cannot be fetched, {}: {}",
                    issuer.issuer(),
                    keys.isEmpty() ? "its tokens are refused until they can" : "the ones at hand stay",
                    newProblem);
        }
        problem = newProblem;
        answerWaiters();
        if (!closed) {
            timer = vertx.setTimer(nextMillis(), id -> fetch());
        }
    }

    private long nextMillis() {
        long refresh = issuer.jwksRefreshSeconds();
        long seconds = problem.isEmpty() ? refresh : Math.min(refresh, RETRY_SECONDS);
        double earlier = JITTER * ThreadLocalRandom.current().nextDouble();
        return Math.max(1, Math.round(TimeUnit.SECONDS.toMillis(seconds) * (1 - earlier)));
    }

    private void answerWaiters() {
        List<Promise<KeySet>> answered = List.copyOf(waiters);
        waiters.clear();
        answered.forEach(waiter -> waiter.complete(keys));
    }

    private void cancelTimer() {
        if (timer != null) {
            vertx.cancelTimer(timer);
            timer = null;
        }
    }

    /** Runs an action on the owner's context and completes on the caller's. */
    private Future<KeySet> onOwner(Consumer<Promise<KeySet>> action) {
        Context caller = vertx.getOrCreateContext();
        Promise<KeySet> there = Promise.promise();
        Promise<KeySet> here = Promise.promise();
        there.future().onComplete((result, failure) -> caller.runOnContext(turn -> here.complete(result, failure)));
        owner.runOnContext(turn -> action.accept(there));
        return here.future();
    }
}
