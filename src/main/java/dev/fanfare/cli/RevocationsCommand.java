package dev.fanfare.cli;

import dev.fanfare.config.ConfigException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Revokes tokens, users and addresses at a running node, lists what is revoked, and lifts it. */
@Command(
        name = "revocations",
        description = "Revoke tokens, users and addresses at a running node.",
        footerHeading = "%n",
        footer =
                "They hold on all nodes within a second. The access key is found as for the command token, and may be a scoped"
                        + " one for the operations manage.")
final class RevocationsCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    /** What it prints. */
    enum ListOutput {
        TEXT,
        JSON
    }

    /** Which node is called, and for which hub. */
    static final class RevocationsTarget {

        @Mixin
        private NodeTarget node = new NodeTarget();

        @Option(names = "--hub", paramLabel = "NAME", description = "For this hub only.")
        private @Nullable String hub;

        @Option(names = "--output", paramLabel = "FORM", defaultValue = "text", description = "text or json.")
        private ListOutput output = ListOutput.TEXT;

        private RestApi api(Cli cli) throws ConfigException {
            var config = cli.config();
            if (hub != null) {
                String problem = config.limits().names().hubProblem(hub);
                if (problem != null) {
                    throw new UsageException(problem);
                }
            }
            return node.api(cli, config, hub);
        }

        private String path() {
            return (hub == null ? "/api" : "/api/hubs/" + segment(hub)) + "/revocations";
        }
    }

    /** What is revoked. */
    static final class RevokedSubject {

        @Option(names = "--token-id", paramLabel = "JTI", description = "The token with this jti.")
        private @Nullable String tokenId;

        @Option(names = "--token-file", paramLabel = "FILE", description = "The token in this file.")
        private @Nullable Path tokenFile;

        @Option(
                names = "--user",
                paramLabel = "ID",
                description = "All tokens of this user issued up to now; with --block the user itself.")
        private @Nullable String user;

        @Option(
                names = "--addresses",
                paramLabel = "CIDR",
                description = "Clients from an address or a network, such as 203.0.113.0/24.")
        private @Nullable String addresses;

        private JsonObject request() {
            if (tokenId != null) {
                return new JsonObject().put("tokenId", tokenId);
            }
            if (tokenFile != null) {
                return new JsonObject().put("token", SecretFile.read("The token file", tokenFile));
            }
            return user != null ? new JsonObject().put("user", user) : new JsonObject().put("addresses", addresses);
        }
    }

    /** With its commands. */
    static CommandLine commandLine(Cli cli) {
        return new CommandLine(new RevocationsCommand())
                .addSubcommand(new AddCommand(cli))
                .addSubcommand(new ListCommand(cli))
                .addSubcommand(new RemoveCommand(cli));
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Missing command: add, list or remove");
    }

    private static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** One line; tabs and line breaks of others do not reach the terminal. */
    private static String line(JsonObject revocation) {
        String subject =
                revocation.getString("user", revocation.getString("tokenId", revocation.getString("addresses", "")));
        String reason = revocation.getString("reason");
        String text = String.join(
                "  ",
                revocation.getString("id"),
                revocation.getString("kind"),
                subject,
                revocation.getString("hub", "(all hubs)"),
                "until " + revocation.getString("expires"),
                reason == null ? "" : "(" + reason + ")");
        return text.strip().replaceAll("\\p{C}", "?");
    }

    /** Revokes. */
    @Command(name = "add", description = "Revoke a token, the tokens of a user, a user or a network.")
    static final class AddCommand implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private RevocationsTarget target = new RevocationsTarget();

        @ArgGroup(multiplicity = "1")
        private RevokedSubject subject = new RevokedSubject();

        @Option(
                names = "--block",
                paramLabel = "TIME",
                converter = LifetimeConverter.class,
                description = "Block the user for so long, whatever its token, in s, m, h or d.")
        private @Nullable Duration block;

        @Option(
                names = "--expires",
                paramLabel = "TIME",
                description = "When the revocation ends, such as 2027-01-31T12:00:00Z (RFC 3339).")
        private @Nullable String expires;

        @Option(names = "--reason", paramLabel = "TEXT", description = "For operators; clients do not get it.")
        private @Nullable String reason;

        AddCommand(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws Exception {
            JsonObject request = subject.request();
            if (block != null) {
                request.put("blockSeconds", block.toSeconds());
            }
            if (expires != null) {
                request.put("expires", expires);
            }
            if (reason != null) {
                request.put("reason", reason);
            }
            JsonObject made = target.api(cli).call("POST", target.path(), request);
            cli.out().println(target.output == ListOutput.JSON ? made.encode() : line(made));
            cli.out().flush();
            return Cli.OK;
        }
    }

    /** Lists what is revoked, page by page. */
    @Command(name = "list", description = "List what is revoked.")
    static final class ListCommand implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private RevocationsTarget target = new RevocationsTarget();

        ListCommand(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws Exception {
            RestApi api = target.api(cli);
            @Nullable String next = target.path();
            while (next != null) {
                JsonObject page = api.call("GET", next, null);
                for (Object each : page.getJsonArray("value", new JsonArray())) {
                    JsonObject revocation = (JsonObject) each;
                    cli.out().println(target.output == ListOutput.JSON ? revocation.encode() : line(revocation));
                }
                String link = page.getString("nextLink");
                next = link == null ? null : target.path() + link.substring(link.indexOf('?'));
            }
            cli.out().flush();
            return Cli.OK;
        }
    }

    /** Lifts a revocation. */
    @Command(name = "remove", description = "Lift a revocation.")
    static final class RemoveCommand implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private RevocationsTarget target = new RevocationsTarget();

        @Parameters(paramLabel = "ID", description = "The id of the revocation.")
        private String id = "";

        RemoveCommand(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws Exception {
            target.api(cli).call("DELETE", target.path() + "/" + segment(id), null);
            return Cli.OK;
        }
    }
}
