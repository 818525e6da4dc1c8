package dev.fanfare.api;

import dev.fanfare.auth.ClientSecrets;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.consumer.Consumers;
import dev.fanfare.event.EventSink;
import java.util.function.Supplier;

/**
 * What consumers register with. Thread-safe.
 *
 * @param secrets checks those of the configuration
 * @param events asks handlers where the configuration has no clients
 * @param minter signs the tokens, with the first access key of the moment
 */
public record ConsumerAccess(
        Consumers consumers, ClientSecrets secrets, EventSink events, Supplier<TokenMinter> minter) {}
