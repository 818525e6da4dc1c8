package dev.fanfare.event;

import dev.fanfare.config.Config;
import dev.fanfare.config.UrlTemplate;
import dev.fanfare.core.EventPattern;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One event handler of the configuration. Each hub has its own connections to it and two queues, each with its own
 * circuit breaker: one for {@code connect}, so that the events of connected clients do not keep others from connecting,
 * and one for all other events. Its state belongs to one event loop; {@link #submit} may be called from any thread. See
 * {@code src/docs/decisions/0013}.
 */
final class Webhook extends VerticleBase {

    /** What all handlers of a node share. */
    record Sender(String origin, ByteBudget byteBudget, Metrics metrics, CircuitCount circuits, AlertSink alerts) {}

    /** Counts open circuits: gets 1 when one opens, and -1 when it admits events again. Thread-safe. */
    interface CircuitCount {
        void add(int difference);
    }

    private static final int CONNECT_TIMEOUT_MILLIS = 5000;
    private static final int PREFLIGHT_MILLIS = 10_000;
    private static final int PREFLIGHT_BYTES = 65_536;
    private static final int RETIRE_MILLIS = 1000;
    private static final int MAX_HEADER_BYTES = 16_384;
    private static final int STREAMS_PER_CONNECTION = 100;
    private static final int QUEUES = 2;

    /** The most hubs that are kept while idle. Hub names come from tokens, so their number has to be bounded. */
    private static final int IDLE_HUBS = 256;

    private final Config.EventHandler settings;
    private final HandlerFiles files;
    private final Sender sender;
    private final Promise<Void> started = Promise.promise();
    private int circuitsOpen;
    private final UrlTemplate template;
    private final EventPattern pattern;
    private Signature signature;
    private final RandomGenerator random = new SplittableRandom();
    private final Map<String, HubRequests> hubs = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param files what the files of the settings contain
     * @param accessKeys that sign events
     */
    Webhook(Config.EventHandler settings, HandlerFiles files, List<String> accessKeys, Sender sender) {
        this.settings = settings;
        this.files = files;
        this.sender = sender;
        this.template = UrlTemplate.parse(settings.urlTemplate());
        this.pattern = Objects.requireNonNull(EventPattern.parse(settings.userEventPattern()));
        this.signature = new Signature(accessKeys);
    }

    /** Whether it was made for exactly this section and these contents of its files. Any thread. */
    boolean isOf(Config.EventHandler other, HandlerFiles otherFiles, String origin) {
        return settings.equals(other)
                && files.equals(otherFiles)
                && sender.origin().equals(origin);
    }

    /** Signs with other keys from then on. Any thread. */
    void sign(List<String> accessKeys) {
        onLoop(() -> signature = new Signature(accessKeys));
    }

    boolean acceptsSystem(String event) {
        return settings.systemEvents().stream().anyMatch(event::equalsIgnoreCase);
    }

    boolean acceptsUser(String event) {
        return pattern.matches(event);
    }

    /** The timeout of an event. */
    long timeoutMillis() {
        return TimeUnit.SECONDS.toMillis(settings.timeoutSeconds());
    }

    /** Enqueues an event, also while it is being deployed. */
    void submit(PendingEvent pendingEvent) {
        onLoop(() -> hub(pendingEvent.event().identity().hub()).submit(pendingEvent));
    }

    /** There is no event loop before it has started. */
    private void onLoop(Runnable work) {
        started.future().onComplete(v -> context.runOnContext(turn -> work.run()));
    }

    @Override
    public Future<?> start() {
        started.complete();
        return started.future();
    }

    @Override
    public Future<?> stop() {
        hubs.values().forEach(HubRequests::close);
        sender.circuits().add(-circuitsOpen);
        return Future.succeededFuture();
    }

    private HubRequests hub(String name) {
        HubRequests hubRequests = hubs.get(name);
        if (hubRequests == null) {
            forgetIdleHubs();
            hubRequests = new HubRequests(name);
            hubs.put(name, hubRequests);
        }
        return hubRequests;
    }

    /** Removes idle hubs, least recently used first; while all are busy there may be more than the limit. */
    private void forgetIdleHubs() {
        Iterator<HubRequests> oldest = hubs.values().iterator();
        while (hubs.size() >= IDLE_HUBS && oldest.hasNext()) {
            HubRequests hubRequests = oldest.next();
            if (hubRequests.idle()) {
                oldest.remove();
                hubRequests.close();
            }
        }
    }

    private WebClient client() {
        WebClientOptions options = new WebClientOptions()
                .setUserAgent("Fanfare")
                .setFollowRedirects(false)
                .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                .setSslHandshakeTimeout(CONNECT_TIMEOUT_MILLIS)
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setDecompressionSupported(false);
        if (template.secure()) {
            options.setUseAlpn(true)
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1));
        }
        if (files.authorities() != null) {
            options.setTrustOptions(new PemTrustOptions().addCertValue(files.authorities()));
        }
        PoolOptions pool = new PoolOptions()
                .setHttp1MaxSize(QUEUES * settings.concurrency())
                .setHttp2MaxSize(1 + QUEUES * settings.concurrency() / STREAMS_PER_CONNECTION)
                .setMaxWaitQueueSize(QUEUES * settings.concurrency());
        return WebClient.wrap(
                vertx.httpClientBuilder()
                        .with(options)
                        .with(pool)
                        // Requests report their failures; without a handler Vert.x would log each of them as well.
                        .withConnectHandler(connection -> connection.exceptionHandler(failure -> {}))
                        .build(),
                options);
    }

    /** The connections and queues of one hub. */
    private final class HubRequests implements HubQueue.World {

        private final String hub;
        private final HandlerLog handlerLog;
        private WebClient client = client();
        private List<BoundedBody> unread = new ArrayList<>();
        private boolean retiring;
        private boolean closed;
        private final Preflight preflight = new Preflight(sender.origin(), this::ask);
        private final HubQueue connects = new HubQueue(settings, this, sender.metrics(), random);
        private final HubQueue others = new HubQueue(settings, this, sender.metrics(), random);

        HubRequests(String hub) {
            this.hub = hub;
            this.handlerLog = new HandlerLog(hub, template.shown(), sender.alerts());
        }

        void submit(PendingEvent pendingEvent) {
            (pendingEvent.isConnect() ? connects : others).submit(pendingEvent);
        }

        boolean idle() {
            return connects.idle() && others.idle();
        }

        void close() {
            closed = true;
            close(client, unread);
        }

        private static void close(WebClient client, List<BoundedBody> unread) {
            unread.forEach(BoundedBody::discard);
            client.close();
        }

        @Override
        public long now() {
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        }

        @Override
        public long after(long millis, Runnable work) {
            return vertx.setTimer(Math.max(1, millis), timer -> work.run());
        }

        @Override
        public void cancel(long timer) {
            vertx.cancelTimer(timer);
        }

        @Override
        public void later(Runnable work) {
            context.runOnContext(v -> work.run());
        }

        @Override
        public Future<Exchange.Response> send(PendingEvent pendingEvent, long millisLeft) {
            return preflight.passed().compose(v -> {
                if (pendingEvent.over()) {
                    return Future.failedFuture(EventException.cancelled());
                }
                Exchange exchange = Exchange.send(
                        post(pendingEvent.event(), millisLeft),
                        Buffer.buffer(pendingEvent.event().payload().bytes()),
                        settings.responseBytes(),
                        sender.byteBudget(),
                        this::retireClient);
                pendingEvent.exchange = exchange;
                return exchange.answer();
            });
        }

        private HttpRequest<Buffer> post(CloudEvent event, long millisLeft) {
            HttpRequest<Buffer> request = request(HttpMethod.POST, event.name(), millisLeft);
            event.headers(request::putHeader);
            request.putHeader("ce-signature", signature.of(event.identity().connectionId()));
            return request;
        }

        private Future<Exchange.Response> ask(HttpMethod method) {
            HttpRequest<Buffer> request = request(method, "validate", PREFLIGHT_MILLIS);
            request.putHeader("ce-awpsversion", "1.0");
            return Exchange.send(request, null, PREFLIGHT_BYTES, sender.byteBudget(), this::retireClient)
                    .answer();
        }

        /**
         * A response was left unread. The web client cannot close its connection alone, so the client gets no more
         * requests, and is closed when those in flight have ended; at most once a second.
         */
        private void retireClient(BoundedBody leftUnread) {
            unread.add(leftUnread);
            if (!retiring) {
                retiring = true;
                after(RETIRE_MILLIS, () -> {
                    retiring = false;
                    if (closed) {
                        return;
                    }
                    WebClient retired = client;
                    List<BoundedBody> left = unread;
                    client = client();
                    unread = new ArrayList<>();
                    after(TimeUnit.SECONDS.toMillis(settings.timeoutSeconds()), () -> close(retired, left));
                });
            }
        }

        private HttpRequest<Buffer> request(HttpMethod method, String event, long millis) {
            HttpRequest<Buffer> request = client.requestAbs(method, template.url(hub, event))
                    .connectTimeout(Math.min(CONNECT_TIMEOUT_MILLIS, millis))
                    .idleTimeout(millis)
                    .putHeader(Preflight.REQUEST_ORIGIN, sender.origin());
            if (files.authorization() != null) {
                request.putHeader("Authorization", files.authorization());
            }
            return request;
        }

        @Override
        public void circuit(boolean open) {
            circuitsOpen += open ? 1 : -1;
            sender.circuits().add(open ? 1 : -1);
        }

        @Override
        public void failing(boolean fails) {
            if (fails) {
                handlerLog.circuitOpened();
            } else {
                handlerLog.recovered();
            }
        }

        @Override
        public void attempted(PendingEvent pendingEvent, @Nullable EventException failure) {
            handlerLog.record(pendingEvent.event().name(), failure, now());
        }
    }
}
