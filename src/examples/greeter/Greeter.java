import dev.fanfare.cluster.ClusterOptions;
import dev.fanfare.cluster.ClusterTls;
import dev.fanfare.guest.Guest;
import dev.fanfare.operations.Content;
import dev.fanfare.operations.FanfareClient;
import dev.fanfare.operations.Target;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Joins a cluster as a guest, learns from its event bus which clients come and go at any node, and greets each over its own
 * connection:
 *
 * <pre>FANFARE_AUTH_ACCESS_KEYS=KEY java -jar src/examples/greeter/target/greeter.jar PORT BUSPORT MEMBER...</pre>
 *
 * The ports are those of this process, the members are HOST:PORT of the grid of nodes.
 */
final class Greeter {

    private static final String HUB = "lobby";

    private final FanfareClient operations;

    /** User ids by connection id. The handler of the events runs on one thread. */
    private final Map<String, String> present = new HashMap<>();

    private Greeter(FanfareClient operations) {
        this.operations = operations;
    }

    public static void main(String... arguments) throws Exception {
        String accessKeys = System.getenv("FANFARE_AUTH_ACCESS_KEYS"); // as the nodes have them
        if (arguments.length < 3 || accessKeys == null) {
            System.err.println("usage: FANFARE_AUTH_ACCESS_KEYS=KEY java -jar greeter.jar PORT BUSPORT MEMBER...");
            System.exit(2);
        }
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        ClusterOptions options = ClusterOptions.at("127.0.0.1", ClusterTls.derived(List.of(accessKeys.split(","))))
                .withPorts(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]))
                .withMembers(Arrays.copyOfRange(arguments, 2, arguments.length));
        Guest guest = Guest.join(options).await(1, TimeUnit.MINUTES);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> guest.leave().await()));

        Greeter greeter = new Greeter(guest.operations());
        guest.vertx()
                .eventBus()
                .<String>consumer("fanfare.events." + HUB, event -> greeter.handle(new JsonObject(event.body())));
        System.out.println("greeter is in the cluster");
    }

    private void handle(JsonObject event) {
        String connection = event.getString("connectionid");
        switch (event.getString("eventname")) {
            case "connected" -> {
                String user = event.getString("userid", "stranger");
                present.put(connection, user);
                System.out.println(user + " came");
                greet(connection, "Welcome, " + user + "! Connections: " + present.size());
            }
            case "disconnected" -> {
                String user = present.remove(connection);
                System.out.println((user == null ? "an earlier client" : user) + " left");
            }
            default -> {} // other events are not for us
        }
    }

    private void greet(String connection, String text) {
        operations
                .send(Target.connection(HUB, connection), Content.text(text))
                .onFailure(failure -> System.out.println("not greeted: " + failure.getMessage()));
    }
}
