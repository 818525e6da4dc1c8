package dev.fanfare.config;

import dev.fanfare.core.EventPattern;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The rules for the sections about events. */
final class EventHandlers {

    /** The system events of the event bus, which carries notifications only. */
    static final Set<String> BUS_EVENTS = new TreeSet<>(Set.of("connected", "disconnected"));

    private static final Set<String> SYSTEM_EVENTS =
            new TreeSet<>(Set.of("connect", "connected", "disconnected", ConsumerRules.REGISTER));

    private EventHandlers() {}

    static void check(Config.EventHandler handler, ConfigProblems configProblems) {
        checkUrl(handler.urlTemplate(), configProblems);
        checkEvents(handler.systemEvents(), SYSTEM_EVENTS, handler.userEventPattern(), configProblems);
        if (handler.systemEvents().isEmpty() && handler.userEventPattern().isBlank()) {
            configProblems.report(
                    "userEventPattern", "is empty and so is systemEvents; the handler would never be called");
        }
        checkAuthorization(handler.authorization(), handler.authorizationFile(), configProblems);
        if (!handler.trustFile().isEmpty()) {
            TlsFiles.checkFile(configProblems, "trustFile", handler.trustFile(), "");
        }
    }

    /** The URL is not shown: its query may hold a secret. */
    private static void checkUrl(String template, ConfigProblems configProblems) {
        try {
            UrlTemplate.parse(template);
        } catch (IllegalArgumentException e) {
            String shown = template.isEmpty() ? "empty" : "no URL of a handler";
            configProblems.report("urlTemplate", "is " + shown + "; it must " + e.getMessage());
        }
    }

    /** Checks the value of an Authorization header, or the file with it. */
    static void checkAuthorization(@Nullable String authorization, String file, ConfigProblems configProblems) {
        if (authorization != null && !file.isEmpty()) {
            configProblems.report("authorization", "is given and so is authorizationFile; give one of them");
        } else if (authorization != null && !isHeaderValue(authorization)) {
            configProblems.report("authorization", "is (hidden); it must be printable ASCII, such as: Bearer ...");
        } else if (!file.isEmpty()) {
            TlsFiles.checkFile(configProblems, "authorizationFile", file, "");
        }
    }

    private static boolean isHeaderValue(String text) {
        return !text.isBlank() && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    static void checkEvents(
            List<String> systemEvents, Set<String> allowed, String pattern, ConfigProblems configProblems) {
        for (int i = 0; i < systemEvents.size(); i++) {
            if (!allowed.contains(systemEvents.get(i).toLowerCase(Locale.ROOT))) {
                configProblems.report(
                        "systemEvents[" + i + "]",
                        "is " + ConfigProblems.quoted(systemEvents.get(i)) + "; it must be one of "
                                + String.join(", ", allowed));
            }
        }
        if (EventPattern.parse(pattern) == null) {
            configProblems.report(
                    "userEventPattern",
                    "is " + ConfigProblems.quoted(pattern)
                            + "; it must be * or names of events of clients, separated by commas");
        }
    }
}
