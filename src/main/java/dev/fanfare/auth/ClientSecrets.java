package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import dev.fanfare.config.SecretHash;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.auth.hashing.HashingStrategy;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the secrets of clients on a thread of their own, since a hash costs a tenth of a second: tokens, which others
 * connect with meanwhile, do not wait for them. Sources take turns, and those that fail often are answered late, as for
 * tokens. A client that is not known costs as much as one that is. Thread-safe; futures complete on the caller's context and
 * fail with {@link AuthenticationException} only.
 */
public final class ClientSecrets {

    /** A longer secret is refused without hashing it. */
    public static final int MAX_LENGTH = 1024;

    private static final String WORKERS = "fanfare-secrets";
    private static final int THREADS = 1;
    private static final FairQueue.Bounds BOUNDS = new FairQueue.Bounds(512, 64, 8);
    private static final int FAILURES_PER_SECOND = 2;
    private static final int SALT_BYTES = 16;
    private static final String ALGORITHM = "pbkdf2";
    private static final String ITERATIONS = "it";
    private static final HashingStrategy HASHING = HashingStrategy.load();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Verification verification;

    /** Hashes of nothing, by iterations. */
    private final Map<Integer, String> decoys = new ConcurrentHashMap<>();

    public ClientSecrets(Vertx vertx) {
        this.verification = new Verification(
                vertx, WORKERS, THREADS, BOUNDS, new FailureLimit(FAILURES_PER_SECOND, System::nanoTime));
    }

    /** The hash of a secret for the configuration. Blocks for a tenth of a second. */
    public static String hash(String secret) {
        return hash(secret, SecretHash.DEFAULT_ITERATIONS);
    }

    /** The same at another cost: 1,000 to {@link SecretHash#MAX_ITERATIONS} iterations. */
    public static String hash(String secret, int iterations) {
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        return HASHING.hash(
                ALGORITHM,
                Map.of(ITERATIONS, String.valueOf(iterations)),
                Base64.getEncoder().withoutPadding().encodeToString(salt),
                secret);
    }

    /**
     * Checks the secret of a client.
     *
     * @param clients those who may register; at least one
     * @param from the address of the client
     * @param wanted whether the answer is still needed; called on another thread
     * @return the client
     */
    public Future<Config.ConsumerClient> verify(
            List<Config.ConsumerClient> clients, String id, String secret, InetAddress from, BooleanSupplier wanted) {
        return verification.verify(from, wanted, place -> place.call(() -> check(clients, id, secret)));
    }

    /** Has somebody else check a secret, with the same turns and delays. */
    public <T> Future<T> verify(InetAddress from, BooleanSupplier wanted, Supplier<Future<T>> check) {
        return verification.verify(from, wanted, place -> check.get());
    }

    private Config.ConsumerClient check(List<Config.ConsumerClient> clients, String id, String secret)
            throws AuthenticationException {
        Config.ConsumerClient found = find(clients, id);
        String hash = found == null ? decoy(clients, id) : found.secretHash();
        boolean valid = secret.length() <= MAX_LENGTH && HASHING.verify(hash, secret); // compares in constant time
        if (!valid || found == null) {
            throw refused();
        }
        return found;
    }

    /** The same answer for a client that is not known. */
    public static AuthenticationException refused() {
        return new AuthenticationException(Reason.BAD_SECRET, "the client is not known, or its secret is wrong");
    }

    private static Config.@Nullable ConsumerClient find(List<Config.ConsumerClient> clients, String id) {
        Config.ConsumerClient found = null;
        for (Config.ConsumerClient client : clients) {
            if (client.id().equals(id)) {
                found = client;
            }
        }
        return found;
    }

    /** Of the same cost as that of a client which is known, always the same one for an id. */
    private String decoy(List<Config.ConsumerClient> clients, String id) {
        Config.ConsumerClient like = clients.get(Math.floorMod(id.hashCode(), clients.size()));
        return decoys.computeIfAbsent(SecretHash.iterations(like.secretHash()), cost -> hash("", cost));
    }

    /** Releases the thread. */
    public Future<Void> close() {
        return verification.close();
    }
}
