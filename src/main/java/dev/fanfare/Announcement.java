package dev.fanfare;

import dev.fanfare.cli.ConnectionString;
import dev.fanfare.cli.Endpoint;
import dev.fanfare.cli.Version;
import dev.fanfare.config.Config;
import java.util.ArrayList;
import java.util.List;

/** The text printed when a node has started. It contains secrets only if they were generated for this run. */
record Announcement(Config config, NodeKeys nodeKeys, int port, int tlsPort, int managementPort) {

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        String host = reachable(config.server().host());
        String endpoint = port != 0 ? "http://" + host + ":" + port : "https://" + host + ":" + tlsPort;
        lines.add("Fanfare " + Version.text() + " is ready.");
        lines.add("");
        if (port != 0) {
            lines.add("  clients     ws://" + host + ":" + port + "/client/hubs/{hub}");
        }
        if (tlsPort != 0) {
            lines.add("  clients     wss://" + host + ":" + tlsPort + "/client/hubs/{hub}");
        }
        lines.add("  servers     " + endpoint + "/api   (described at " + endpoint + "/api/openapi.yaml)");
        lines.add("  Prometheus  http://" + reachable(config.management().host()) + ":" + managementPort + "/metrics");
        if (config.examples().enabled()) {
            lines.add("  examples    " + endpoint
                    + "/examples/chat.html and quotes.html, open to everyone who can reach them");
        }
        if (nodeKeys.announced()) {
            String connectionString = new ConnectionString(
                            Endpoint.parse(endpoint),
                            nodeKeys.auth().accessKeys().get(0))
                    .reveal();
            lines.add("");
            lines.add("No access key is configured, so one was generated for this run. Its connection string:");
            lines.add("");
            lines.add("  " + connectionString);
            lines.add("");
            lines.add("A first token, valid for an hour:");
            lines.add("");
            lines.add("  java -jar target/fanfare.jar token --connection-string '" + connectionString
                    + "' --hub chat --user alice --role webpubsub.joinLeaveGroup --role webpubsub.sendToGroup");
        }
        return lines;
    }

    private static String reachable(String host) {
        String shown = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        return shown.indexOf(':') >= 0 ? "[" + shown + "]" : shown;
    }
}
