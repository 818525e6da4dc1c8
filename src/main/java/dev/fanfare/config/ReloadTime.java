package dev.fanfare.config;

import java.util.Set;

/** When a key applies that has changed while a node runs. The table in {@code operations.md} is held against this. */
public enum ReloadTime {
    /** Everything that happens from then on, also on open connections. */
    AT_ONCE("at once"),
    /** Connections that are opened from then on. */
    NEXT_CONNECTION("next connection"),
    /** The node has to be restarted. */
    NEXT_START("next start");

    private static final Set<String> KEYS_AT_ONCE = Set.of(
            "auth.accessKeys",
            "auth.scopedKeys",
            "auth.maxTokenBytes",
            "auth.clockToleranceSeconds",
            "auth.issuers",
            "server.publicEndpoints",
            "server.trustedProxies",
            "limits.groupsPerConnection",
            "limits.outboundBytesPerConnection",
            "limits.messageSeconds",
            "limits.eventLoopLagMillis",
            "limits.apiCallsPerSecond",
            "limits.failedHandshakes",
            "limits.blockSeconds",
            "limits.perUser.connections",
            "limits.perUser.handshakesPerSecond",
            "limits.perAddress.connections",
            "limits.perAddress.handshakesPerSecond",
            "hubs",
            "revocations.defaultDays",
            "alerts.causes",
            "alerts.perHour",
            "alerts.certificateDays",
            "alerts.mail.host",
            "alerts.mail.port",
            "alerts.mail.security",
            "alerts.mail.trustFile",
            "alerts.mail.user",
            "alerts.mail.password",
            "alerts.mail.passwordFile",
            "alerts.mail.from",
            "alerts.mail.to",
            "alerts.webhooks",
            "logging.level");

    private static final Set<String> KEYS_OF_CONNECTIONS = Set.of(
            "auth.closeOnExpiry",
            "auth.expiryGraceSeconds",
            "server.allowedOrigins",
            "outbound.allow",
            "limits.messagesPerSecond",
            "limits.bytesPerSecond",
            "limits.perUser.messagesPerSecond",
            "limits.perUser.bytesPerSecond",
            "limits.perUser.joinsPerSecond",
            "limits.perAddress.messagesPerSecond",
            "limits.perAddress.bytesPerSecond",
            "limits.perAddress.joinsPerSecond",
            "limits.unacknowledgedBytesPerSession",
            "limits.unacknowledgedMessagesPerSession");

    private final String text;

    ReloadTime(String text) {
        this.text = text;
    }

    /** When the key at a path applies. */
    static ReloadTime of(String path) {
        if (KEYS_AT_ONCE.contains(path)) {
            return AT_ONCE;
        }
        return KEYS_OF_CONNECTIONS.contains(path) ? NEXT_CONNECTION : NEXT_START;
    }

    /** As in the documentation. */
    @Override
    public String toString() {
        return text;
    }
}
