package dev.fanfare.api;

import dev.fanfare.auth.Principal;
import dev.fanfare.auth.TokenSigner;
import dev.fanfare.core.OperationClass;
import java.net.InetAddress;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line for each change that a server made over REST, or tried to: who, what, of what, from where, and with which
 * status. Messages and questions are no changes; of those, what a key was refused is logged. Never contents, tokens or
 * keys. The log escapes what a caller wrote. Thread-safe.
 */
final class AuditLog {

    /** Not sampled, and written at every level; see {@code conf/logback.xml}. */
    static final String LOGGER = "dev.fanfare.audit";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);
    private static final int MAX_TEXT = 256;
    private static final int FIRST_ERROR = 400;

    private AuditLog() {}

    /** Whether calls of a route are changes. */
    static boolean covers(Route route) {
        return route.needed() == OperationClass.MANAGE || route.needed() == OperationClass.CONNECT;
    }

    /**
     * Writes the line.
     *
     * @param target the parameters that say what was changed, by name
     * @param status of the answer
     */
    static void write(Route route, Map<String, String> target, Principal principal, InetAddress from, int status) {
        TokenSigner signer = principal.signer();
        LoggingEventBuilder line = log.atInfo()
                .addKeyValue(signer.kind() == TokenSigner.SignerKind.KEY ? "key" : "issuer", shortened(signer.name()));
        if (principal.userId() != null) {
            line = line.addKeyValue("subject", shortened(principal.userId()));
        }
        line = line.addKeyValue("operation", route.operationId());
        for (Map.Entry<String, String> parameter : new TreeMap<>(target).entrySet()) {
            line = line.addKeyValue(parameter.getKey(), shortened(parameter.getValue()));
        }
        line.addKeyValue("status", status)
                .addKeyValue("remote", from.getHostAddress())
                .log(status < FIRST_ERROR ? "changed over REST" : "a change over REST failed");
    }

    private static String shortened(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
    }
}
