package dev.fanfare.config;

import dev.fanfare.core.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules for registered consumers, limits of connections, and publishers. */
public final class ConsumerRules {

    /** The event by which a handler is asked whether a client may register. */
    public static final String REGISTER = "register";

    private static final int MAX_ID_LENGTH = 128;

    private ConsumerRules() {}

    /**
     * Why a text cannot be the id of a client; null if it can. Characters that are not seen, or that change the direction of
     * what is around them, would make one client look like another.
     */
    public static @Nullable String idProblem(String id) {
        int length = Names.length(id);
        if (length == 0 || length > MAX_ID_LENGTH) {
            return "has " + length + " characters; 1 to " + MAX_ID_LENGTH + " are allowed";
        }
        boolean bad = id.codePoints().anyMatch(c -> switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        });
        return bad || !id.equals(id.strip())
                ? "has a character that is not allowed: a control or format character, or a space at an end"
                : null;
    }

    static void checkHub(Config.Hub hub, ConfigProblems configProblems) {
        Config.ConsumerSettings consumers = hub.consumers();
        if (!consumers.enabled()) {
            return;
        }
        boolean asked = hub.eventHandlers().stream()
                .anyMatch(handler -> handler.systemEvents().stream().anyMatch(REGISTER::equalsIgnoreCase));
        if (consumers.clients().isEmpty() && !asked) {
            configProblems.report(
                    "consumers.clients",
                    "is empty and no event handler has the system event register; no client could register");
        }
        if (hub.connectionsPerUser() > 1) {
            configProblems.conflict(
                    "connectionsPerUser",
                    "consumers.enabled",
                    "is " + hub.connectionsPerUser() + ", but a registered consumer has one connection; leave it out");
        }
    }

    static void checkClients(List<Config.ConsumerClient> clients, ConfigProblems configProblems) {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < clients.size(); i++) {
            if (!ids.add(clients.get(i).id())) {
                configProblems.report("clients[" + i + "].id", "is given twice; ids must differ");
            }
        }
    }

    static void checkClient(Config.ConsumerClient client, ConfigProblems configProblems) {
        String problem = idProblem(client.id());
        if (problem != null) {
            configProblems.report("id", problem);
        }
        Optional<String> hashProblem = SecretHash.problem(client.secretHash());
        hashProblem.ifPresent(text -> configProblems.report("secretHash", text));
        for (int i = 0; i < client.groups().size(); i++) {
            String group = Names.DEFAULT.groupProblem(client.groups().get(i));
            if (group != null) {
                configProblems.report("groups[" + i + "]", "is not the name of a group: " + group);
            }
        }
    }

    static void checkPublishers(List<String> allow, ConfigProblems configProblems) {
        for (int i = 0; i < allow.size(); i++) {
            if (Network.parse(allow.get(i)) == null) {
                configProblems.report(
                        "allow[" + i + "]",
                        "is " + ConfigProblems.quoted(allow.get(i))
                                + "; it must be an address or a network, such as 10.0.0.0/8 or 2001:db8::/32");
            }
        }
    }

    /** Seats that each node has alone would not bound what a client has in the cluster. */
    static void checkStore(Config config, ConfigProblems configProblems) {
        if (!config.cluster().enabled() || config.store().engine() == Config.StoreSettings.StoreEngine.REPLICATED) {
            return;
        }
        config.hubs().forEach((name, hub) -> {
            if (hub.consumers().enabled() || hub.connectionsPerUser() > 0) {
                String key = hub.consumers().enabled() ? "consumers.enabled" : "connectionsPerUser";
                configProblems.conflict(
                        ConfigProblems.path("hubs", name) + "." + key,
                        "store.engine",
                        "is set, but in a cluster it needs store.engine replicated: nodes share what they know of"
                                + " connections");
            }
        });
    }
}
