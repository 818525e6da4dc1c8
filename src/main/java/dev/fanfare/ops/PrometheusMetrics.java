package dev.fanfare.ops;

import dev.fanfare.cluster.Refusal;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.cluster.StoreTraffic;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/**
 * The metrics of a node for Prometheus; {@code src/docs/metrics.md} explains each.
 *
 * <p>Our names begin with {@code fanfare_}; those of the JVM and the process keep the standard prefixes {@code jvm_},
 * {@code process_} and {@code system_} that dashboards expect. Every series exists from the start, with the value 0, so
 * that alerts can compare, and none is added later: no label has a value that a client can choose.
 *
 * <p>Thread-safe.
 */
public final class PrometheusMetrics implements Metrics, AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Meters meters = new Meters(registry);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    private final EnumCounter<Handshake> handshakes = meters.counters(
            "fanfare_handshakes_total", "Requests to upgrade, by how they ended", "outcome", Handshake.class);
    private final EnumCounter<RevocationKind> revoked = meters.counters(
            "fanfare_revoked_total",
            "Handshakes, recoveries, new tokens and REST calls that were refused because of a revocation",
            "kind",
            RevocationKind.class);
    private final EnumCounter<Subprotocol> connections =
            new EnumCounter<>(Subprotocol.class, this::registerConnections);
    private final EnumCounter<ConnectionState> outbound =
            new EnumCounter<>(ConnectionState.class, this::registerOutbound);
    private final EnumCounter<DialOutcome> dials = meters.counters(
            "fanfare_outbound_attempts_total",
            "Attempts to open the socket of an outbound connection, by how they ended",
            "outcome",
            DialOutcome.class);
    private final EnumMap<Subprotocol, EnumCounter<CloseReason>> closes = new EnumMap<>(Subprotocol.class);
    private final EnumCounter<CloseReason> detached = meters.counters(
            "fanfare_detached_total", "Sockets that ended while their session goes on", "reason", CloseReason.class);
    private final LongAdder messagesReceived =
            meters.counter("fanfare_messages_received_total", "Messages that arrived from clients");
    private final LongAdder bytesReceived =
            meters.counter("fanfare_received_bytes_total", "Bytes of the messages that arrived from clients");
    private final LongAdder messagesPublished = meters.counter(
            "fanfare_messages_published_total", "Messages published into the broker, by clients or over the API");
    private final LongAdder deliveries =
            meters.counter("fanfare_deliveries_total", "Messages handed to sockets, one for each receiver");
    private final LongAdder bytesDelivered =
            meters.counter("fanfare_delivered_bytes_total", "Bytes of the messages handed to sockets");
    private final LongAdder bytesSaved = meters.counter(
            "fanfare_compression_saved_bytes_total", "Bytes that compression saved on what was written to sockets");
    private final CompressionCounters deflating =
            new CompressionCounters("deflate", "Messages deflated, once for all their receivers");
    private final CompressionCounters inflating = new CompressionCounters("inflate", "Messages of clients inflated");
    private final EnumCounter<Drop> drops = meters.counters(
            "fanfare_drops_total", "Messages that did not reach a receiver they were meant for", "reason", Drop.class);
    private final EnumCounter<Limit> limits = meters.counters(
            "fanfare_limits_reached_total", "Limits that clients or callers ran into", "limit", Limit.class);
    private final EnumCounter<ErrorCode> requestsRefused = meters.counters(
            "fanfare_requests_refused_total", "Requests over WebSockets that were refused", "error", ErrorCode.class);
    private final EnumCounter<Move> moves = meters.counters(
            "fanfare_session_moves_total", "Sessions that moved between nodes", "direction", Move.class);
    private final EnumCounter<Refusal> peersRefused = meters.counters(
            "fanfare_cluster_refused_total",
            "Connections to the ports between nodes that were refused",
            "reason",
            Refusal.class);
    private final EnumCounter<TlsReload> tlsReloads =
            meters.counters("fanfare_tls_reloads_total", "Changed TLS certificates", "outcome", TlsReload.class);
    private final EnumCounter<ReloadOutcome> reloads = meters.counters(
            "fanfare_configuration_reloads_total",
            "Attempts to read the configuration again",
            "outcome",
            ReloadOutcome.class);
    private final EnumCounter<AlertCause> alertsRaised = meters.counters(
            "fanfare_alerts_raised_total", "Occurrences of which people are alerted", "cause", AlertCause.class);
    private final EnumMap<AlertMedium, EnumCounter<AlertOutcome>> alertDeliveries = new EnumMap<>(AlertMedium.class);
    private final LongAdder bugs = meters.counter("fanfare_bugs_total", "Bugs that were caught");
    private final EventMetrics eventMetrics;
    private final StoreMetrics storeMetrics;
    private final ReplicationMetrics replicationMetrics;
    private final KnownLabels<LongAdder> tokensRefused;
    private final ApiCalls apiCalls;
    private final Map<Gauge, List<DoubleSupplier>> gauges = new EnumMap<>(Gauge.class);
    private final Map<ExternalCount, AtomicReference<LongSupplier>> counts = new EnumMap<>(ExternalCount.class);

    /** Cost and gain of compression in one direction. */
    private final class CompressionCounters {
        private final LongAdder messages;
        private final LongAdder before;
        private final LongAdder after;
        private final LongAdder nanos;

        CompressionCounters(String verb, String help) {
            messages = meters.counter("fanfare_" + verb + "_messages_total", help);
            before = meters.counter(
                    "fanfare_" + verb + "_input_bytes_total", "Bytes of the messages before they were " + verb + "d");
            after = meters.counter(
                    "fanfare_" + verb + "_output_bytes_total", "Bytes of the messages after they were " + verb + "d");
            nanos = meters.secondsCounter("fanfare_" + verb + "_seconds_total", "Event-loop time spent");
        }

        void count(int bytesBefore, int bytesAfter, long time) {
            messages.increment();
            before.add(bytesBefore);
            after.add(bytesAfter);
            nanos.add(time);
        }
    }

    /**
     * Registers every series.
     *
     * @param version of this program, shown by {@code fanfare_build_info}
     * @param tokenRefusals the known reasons of {@link #tokenRefused}; any other counts as {@code other}
     * @param apiOperations the known operations of {@link #apiCall}; any other counts as {@code unknown}
     */
    public PrometheusMetrics(String version, Set<String> tokenRefusals, Set<String> apiOperations) {
        tokensRefused = new KnownLabels<>(
                tokenRefusals,
                "other",
                reason -> meters.counter(
                        "fanfare_tokens_refused_total", "Tokens that were refused", Tags.of("reason", reason)));
        apiCalls = new ApiCalls(registry, apiOperations);
        eventMetrics = new EventMetrics(registry, meters);
        storeMetrics = new StoreMetrics(registry, meters);
        replicationMetrics = new ReplicationMetrics(meters);
        for (Subprotocol subprotocol : Subprotocol.values()) {
            closes.put(subprotocol, registerCloses(subprotocol));
        }
        for (AlertMedium medium : AlertMedium.values()) {
            alertDeliveries.put(
                    medium,
                    meters.counters(
                            "fanfare_alert_deliveries_total",
                            "Attempts to send alerts to people, and alerts that were dropped, by outcome",
                            "outcome",
                            AlertOutcome.class,
                            Tags.of("medium", medium.name().toLowerCase(Locale.ROOT))));
        }
        for (Gauge gauge : Gauge.values()) {
            registerGauge(gauge);
        }
        for (ExternalCount externalCount : ExternalCount.values()) {
            AtomicReference<LongSupplier> source = new AtomicReference<>(() -> 0);
            counts.put(externalCount, source);
            String message = externalCount.message();
            meters.counter(
                    externalCount.metricName(),
                    externalCount.help(),
                    message == null ? Tags.empty() : Tags.of("message", message),
                    source);
        }
        // Written with dots: only then does the registry recognise an info metric and keep its suffix.
        meters.gauge("fanfare.build.info", "The version that runs; always 1", Tags.of("version", version), () -> 1);
        registerPlatform();
    }

    private LongAdder registerConnections(Subprotocol subprotocol) {
        LongAdder open = new LongAdder();
        meters.gauge(
                "fanfare_connections",
                "Connections, with those whose session waits for recovery",
                Tags.of("subprotocol", subprotocol.wireName()),
                open::sum);
        return open;
    }

    /** Closed connections are not counted. */
    private LongAdder registerOutbound(ConnectionState state) {
        LongAdder count = new LongAdder();
        if (state != ConnectionState.CLOSED) {
            meters.gauge(
                    "fanfare_outbound_connections",
                    "Outbound connections by what they are doing",
                    Tags.of("state", state.label()),
                    count::sum);
        }
        return count;
    }

    private EnumCounter<CloseReason> registerCloses(Subprotocol subprotocol) {
        return meters.counters(
                "fanfare_closes_total",
                "Connections that ended for good",
                "reason",
                CloseReason.class,
                Tags.of("subprotocol", subprotocol.wireName()));
    }

    private void registerGauge(Gauge gauge) {
        List<DoubleSupplier> suppliers = new CopyOnWriteArrayList<>();
        gauges.put(gauge, suppliers);
        meters.gauge(gauge.metricName(), gauge.help(), Tags.empty(), () -> {
            DoubleStream values = suppliers.stream().mapToDouble(DoubleSupplier::getAsDouble);
            return gauge == Gauge.EVENT_LOOP_LAG_SECONDS ? values.max().orElse(0) : values.sum();
        });
    }

    private void registerPlatform() {
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
            meters.gauge(
                    "fanfare_direct_memory_bytes",
                    "Direct memory held by the network buffer allocator",
                    Tags.empty(),
                    () -> allocator.metric().usedDirectMemory());
        }
        new JvmMemoryMetrics().bindTo(registry);
        garbageCollection.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    @Override
    public void handshake(Handshake outcome) {
        handshakes.increment(outcome);
    }

    @Override
    public void tokenRefused(String reason) {
        tokensRefused.of(reason).increment();
    }

    @Override
    public void revoked(RevocationKind kind) {
        revoked.increment(kind);
    }

    @Override
    public void recoveryRefused(Subprotocol subprotocol) {
        handshakes.increment(Handshake.RECOVERY_REFUSED);
        Objects.requireNonNull(closes.get(subprotocol)).increment(CloseReason.RECOVERY_REFUSED);
    }

    @Override
    public void opened(Subprotocol subprotocol) {
        connections.increment(subprotocol);
    }

    @Override
    public void closed(Subprotocol subprotocol, CloseReason reason) {
        connections.add(subprotocol, -1);
        Objects.requireNonNull(closes.get(subprotocol)).increment(reason);
    }

    @Override
    public void outboundState(ConnectionState before, ConnectionState now) {
        outbound.add(before, -1);
        outbound.add(now, 1);
    }

    @Override
    public void dialled(DialOutcome outcome) {
        dials.increment(outcome);
    }

    @Override
    public void moved(Subprotocol subprotocol, Move direction) {
        connections.add(subprotocol, direction == Move.IN ? 1 : -1);
        moves.increment(direction);
    }

    @Override
    public void detached(CloseReason reason) {
        detached.increment(reason);
    }

    @Override
    public void received(int messages, long bytes) {
        messagesReceived.add(messages);
        bytesReceived.add(bytes);
    }

    @Override
    public void published(int messages) {
        messagesPublished.add(messages);
    }

    @Override
    public void delivered(int messages, long bytes) {
        deliveries.add(messages);
        bytesDelivered.add(bytes);
    }

    @Override
    public void saved(long bytes) {
        bytesSaved.add(bytes);
    }

    @Override
    public void deflated(int bytesBefore, int bytesAfter, long nanos) {
        deflating.count(bytesBefore, bytesAfter, nanos);
    }

    @Override
    public void inflated(int bytesBefore, int bytesAfter, long nanos) {
        inflating.count(bytesBefore, bytesAfter, nanos);
    }

    @Override
    public void dropped(Drop reason, int messages) {
        drops.add(reason, messages);
    }

    @Override
    public void limitReached(Limit limit) {
        limits.increment(limit);
    }

    /** How often a limit was reached. Any thread. */
    public long limitsReached(Limit limit) {
        return limits.sum(limit);
    }

    /** How often changed TLS certificates could not be used. Any thread. */
    public long failedTlsReloads() {
        return tlsReloads.sum(TlsReload.FAILED);
    }

    /** How many operations the store refused because it was unavailable. Any thread. */
    public long storeRefusals() {
        return storeMetrics.unavailable();
    }

    @Override
    public void requestRefused(ErrorCode code) {
        requestsRefused.increment(code);
    }

    @Override
    public void apiCall(String operationId, int status, long nanos) {
        apiCalls.ended(operationId, status, nanos);
    }

    @Override
    public void configurationReload(ReloadOutcome outcome) {
        reloads.increment(outcome);
    }

    @Override
    public void tlsReload(TlsReload outcome) {
        tlsReloads.increment(outcome);
    }

    @Override
    public void event(EventKind eventKind, EventOutcome outcome, long nanos) {
        eventMetrics.ended(eventKind, outcome, nanos);
    }

    @Override
    public void eventRetried() {
        eventMetrics.retried();
    }

    @Override
    public void busEvent(boolean published) {
        eventMetrics.onBus(published);
    }

    @Override
    public void alertRaised(AlertCause cause, long times) {
        alertsRaised.add(cause, times);
    }

    @Override
    public void alertDelivery(AlertMedium medium, AlertOutcome outcome) {
        Objects.requireNonNull(alertDeliveries.get(medium)).increment(outcome);
    }

    @Override
    public void bug() {
        bugs.increment();
    }

    /** {@inheritDoc} The supplier is called on the thread of the scrape. */
    @Override
    public void gauge(Gauge gauge, DoubleSupplier supplier) {
        Objects.requireNonNull(gauges.get(gauge)).add(supplier);
    }

    /** {@inheritDoc} The supplier is called on the thread of the scrape. */
    @Override
    public void peerRefused(Refusal reason) {
        peersRefused.increment(reason);
    }

    @Override
    public void count(ExternalCount externalCount, LongSupplier supplier) {
        Objects.requireNonNull(counts.get(externalCount)).set(supplier);
    }

    /** Counts what the store does. */
    public StoreObserver storeObserver() {
        return storeMetrics;
    }

    /** Registers where the gauges of the store come from; called on the thread of the scrape. */
    public void storeFigures(Supplier<StoreFigures> figures) {
        storeMetrics.figures(figures);
    }

    /** Registers where the metrics of a replicated store come from; called on the thread of the scrape. */
    public void storeReplication(Supplier<ReplicationFigures> figures, StoreTraffic traffic) {
        replicationMetrics.source(figures, traffic);
    }

    /** All metrics in UTF-8. Takes milliseconds: not for event loops. */
    byte[] scrape(Exposition exposition) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(64 * 1024);
        registry.scrape(out, exposition.contentType());
        return out.toByteArray();
    }

    /** Stops listening to the garbage collector. */
    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }
}
