package dev.fanfare.broker.bus;

import dev.fanfare.broker.Publication;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Carries a publication to the registry of its own node, which decides where it goes.
 *
 * @param publication what was published
 * @param slotSubscription the shards that subscribe
 * @param pending counts those of its publisher that the registry has not handed over yet
 */
record Detour(Publication publication, SlotSubscription slotSubscription, AtomicInteger pending) {}
