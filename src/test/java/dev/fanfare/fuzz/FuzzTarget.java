package dev.fanfare.fuzz;

import dev.fanfare.auth.HeadersFuzz;
import dev.fanfare.broker.handover.NodeMessagesFuzz;
import dev.fanfare.cluster.BusFramesFuzz;
import dev.fanfare.config.ConfigFuzz;
import dev.fanfare.core.filter.FilterFuzz;
import dev.fanfare.core.protocol.JsonFuzz;
import dev.fanfare.server.UrlFuzz;
import dev.fanfare.socket.FrameReaderFuzz;
import dev.fanfare.store.state.StoreFuzz;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What takes arbitrary input. */
enum FuzzTarget {
    FRAMES(FrameReaderFuzz::run, FrameReaderFuzz::seeds),
    JSON(JsonFuzz::run, JsonFuzz::seeds),
    FILTERS(FilterFuzz::run, FilterFuzz::seeds),
    URLS(UrlFuzz::run, UrlFuzz::seeds),
    HEADERS(HeadersFuzz::run, HeadersFuzz::seeds),
    CONFIGURATION(ConfigFuzz::run, ConfigFuzz::seeds),
    NODE_MESSAGES(NodeMessagesFuzz::run, NodeMessagesFuzz::seeds),
    BUS_FRAMES(BusFramesFuzz::run, BusFramesFuzz::seeds),
    STORE(StoreFuzz::run, StoreFuzz::seeds);

    private final Consumer<byte[]> code;
    private final Supplier<List<byte[]>> seeds;

    FuzzTarget(Consumer<byte[]> code, Supplier<List<byte[]>> seeds) {
        this.code = code;
        this.seeds = seeds;
    }

    /** Runs it once; throws for a fault. */
    void run(byte[] input) {
        code.accept(input);
    }

    /** Input that it starts from. */
    List<byte[]> seeds() {
        return seeds.get();
    }

    /** The name of its folder. */
    String folder() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
